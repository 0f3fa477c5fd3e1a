package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Expected;
import ffmerge.FileKind;
import ffmerge.StateFolder;
import ffmerge.UserError;
import ffmerge.data.DemoHome;
import ffmerge.fixture.SpecialFiles;
import ffmerge.fixture.WordModel;
import ffmerge.hub.Hub;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files and folders as a notebook names them: what is copied, what is never waited at, and what is said of the rest. */
@DisabledOnOs(OS.WINDOWS)
class PathCommandsTest {
    private static final Duration AT_ONCE = Duration.ofSeconds(20);
    private static final Supplier<Hub> NO_HUB = () -> {
        throw new AssertionError("the hub was asked");
    };

    @TempDir
    private Path folder;

    private final Notes host = new Notes();
    private Session session;
    private Path source;

    @BeforeEach
    void write() throws Exception {
        source = WordModel.olmo(folder);
        session = session(new DemoHome(Expected.home()));
    }

    private Session session(DemoHome home) {
        return new Session(home, new StateFolder(folder.resolve("state")), NO_HUB);
    }

    @AfterEach
    void close() {
        session.close();
    }

    private String refusal(String line) {
        return assertTimeoutPreemptively(AT_ONCE, () -> host.refusal(line, session));
    }

    private static List<String> names(Path folder) throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void saveCopiesAModelsFilesAndNothingElse() throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "secret");
        for (String other : List.of(".env", "notes.txt", "train.py", "model.safetensors.bak", ".hidden.model")) {
            Files.writeString(source.resolve(other), "not to be copied");
        }
        Files.createDirectory(source.resolve("src"));
        Files.writeString(source.resolve("vocab.txt"), "copied");
        Files.createSymbolicLink(source.resolve("merges.txt"), secret);
        Files.createSymbolicLink(source.resolve("linked.model"), Path.of("/etc/hostname"));
        host.run("load " + source + " --as m", session);
        SpecialFiles.make(FileKind.PIPE, source.resolve("added_tokens.json"));
        Path saved = folder.resolve("saved");
        assertTimeoutPreemptively(AT_ONCE, () -> host.run("save m " + saved, session));
        assertEquals(
                List.of("config.json", "ffmerge.json", "model.safetensors", "tokenizer.json", "vocab.txt"),
                names(saved));
        assertEquals(
                List.of(
                        source.resolve("added_tokens.json") + " is a named pipe and was not copied",
                        source.resolve("linked.model") + " is a link and was not copied",
                        source.resolve("merges.txt") + " is a link and was not copied"),
                host.notices);
        host.run("load " + saved + " --as again", session);
    }

    @Test
    void theLinksOfTheHubsCacheAreItsFiles() throws Exception {
        Path blobs = Files.createDirectories(folder.resolve("models--org--m/blobs"));
        Path snapshot = Files.createDirectories(folder.resolve("models--org--m/snapshots/0123abcd"));
        for (String name : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(source.resolve(name), blobs.resolve(name));
            Files.createSymbolicLink(snapshot.resolve(name), Path.of("../../blobs", name));
        }
        Path secret = Files.writeString(folder.resolve("secret"), "secret");
        Files.createSymbolicLink(snapshot.resolve("vocab.txt"), secret);
        host.run("load " + snapshot + " --as m", session);
        host.run("save m " + folder.resolve("saved"), session);
        assertEquals(
                List.of("config.json", "ffmerge.json", "model.safetensors", "tokenizer.json"),
                names(folder.resolve("saved")));
        assertEquals(List.of(snapshot.resolve("vocab.txt") + " is a link and was not copied"), host.notices);
    }

    @ParameterizedTest
    @EnumSource(
            value = FileKind.class,
            names = {"PIPE", "SOCKET", "LINK", "FILE"})
    void saveReplacesNothingThatIsNoFolder(FileKind kind) throws Exception {
        Path target = folder.resolve("target");
        SpecialFiles.make(kind, target);
        host.run("load " + source + " --as m", session);
        String said = refusal("save m " + target + " --replace");
        assertTrue(said.startsWith(target + " is " + kind.label() + "; name "), said);
        assertEquals(kind, FileKind.of(target));
    }

    @Test
    void aModelsFileThatIsAPipeIsNotWaitedAt() throws Exception {
        Path config = source.resolve("config.json");
        Files.delete(config);
        SpecialFiles.make(FileKind.PIPE, config);
        assertEquals(
                "cannot read " + config + ": it is a named pipe; a file is needed",
                refusal("load " + source + " --as m"));
    }

    @ParameterizedTest
    @EnumSource(
            value = FileKind.class,
            names = {"PIPE", "SOCKET", "FILE"})
    void whatIsNoFolderIsNoModel(FileKind kind) throws Exception {
        Path target = folder.resolve("target");
        SpecialFiles.make(kind, target);
        String message = "'" + target + "' is " + kind.label() + "; a model is a folder in Hugging Face layout";
        assertEquals(message, refusal("load " + target));
        assertEquals(message, refusal("load " + source + " --adapters " + target));
    }

    @Test
    void aShardThatIsAPipeIsNotWaitedAt() throws Exception {
        Files.delete(source.resolve("model.safetensors"));
        Files.writeString(
                source.resolve("model.safetensors.index.json"), "{\"weight_map\": {\"a\": \"part.safetensors\"}}");
        Path shard = source.resolve("part.safetensors");
        SpecialFiles.make(FileKind.PIPE, shard);
        assertEquals(
                "cannot read " + shard + ": it is a named pipe; a file is needed",
                refusal("load " + source + " --as m"));
    }

    @Test
    void dataThatIsAPipeIsNotWaitedAt() throws Exception {
        host.run("load " + source + " --as m", session);
        Path pipe = folder.resolve("validation.txt");
        SpecialFiles.make(FileKind.PIPE, pipe);
        assertEquals(
                "the data '" + pipe + "' is a named pipe; name a file or a folder", refusal("eval m --data " + pipe));
        Path texts = Files.createDirectory(folder.resolve("texts"));
        SpecialFiles.make(FileKind.PIPE, texts.resolve("validation.txt"));
        String said = refusal("eval m --data " + texts);
        assertTrue(said.startsWith(texts + " has no text for the split"), said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"load ~you/m", "load a\0b", "save m ~you/m", "eval m --data ~you/d", "run ~you/r.yaml"})
    void aTextThatNamesNoFile(String line) {
        host.run("load " + source + " --as m", session);
        String said = refusal(line);
        assertTrue(said.contains("only your own home") || said.contains("NUL"), said);
    }

    @Test
    void aFolderAboveOne() throws Exception {
        host.run("load " + source + "/../" + source.getFileName() + " --as m", session);
        host.run("save m " + folder + "/missing/../saved", session);
        assertTrue(Files.exists(folder.resolve("saved/config.json")));
        assertFalse(Files.exists(folder.resolve("missing")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"load gpt2-novels --as m", "info vit-digits"})
    void aDemoModelWhereTheDemoHomeIsMissing(String line) {
        try (Session homeless = session(new DemoHome(folder.resolve("nowhere")))) {
            assertEquals(
                    "the demo model '" + line.split(" ")[1] + "' is not in " + folder.resolve("nowhere")
                            + ": let FFMERGE_HOME name the folder 'environment' of ffmerge's checkout before Jupyter is"
                            + " started",
                    host.refusal(line, homeless));
        }
    }

    @Test
    void demoDataWhereTheDemoHomeIsMissing() {
        try (Session homeless = session(new DemoHome(null))) {
            host.run("load " + source + " --as m", homeless);
            String said = host.refusal("eval m", homeless);
            assertTrue(said.startsWith("the demo data set 'novels' is nowhere here"), said);
            assertTrue(said.contains("let FFMERGE_HOME name the folder"), said);
        }
    }

    @Test
    void allDemoModelsAndDataAreKnownByName() {
        DemoHome home = new DemoHome(Expected.home());
        DemoHome none = new DemoHome(null);
        Stream.concat(home.models().stream(), home.dataSets().stream()).forEach(name -> {
            String said =
                    assertThrows(UserError.class, () -> none.requireHere(name)).getMessage();
            assertTrue(said.contains("FFMERGE_HOME"), said);
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = FileKind.class,
            names = {"PIPE", "SOCKET", "FILE"})
    void aStateFolderWhoseNameIsTaken(FileKind kind) throws Exception {
        Path state = folder.resolve("state");
        SpecialFiles.make(kind, state);
        UserError error = assertTimeoutPreemptively(
                AT_ONCE, () -> assertThrows(UserError.class, () -> session.log().read(1)));
        assertTrue(
                error.getMessage().contains(": " + state + " is " + kind.label() + "; FFMERGE_STATE may name another"),
                error.getMessage());
    }

    @Test
    void theRootIsNoModel() {
        assertEquals("/ is no model's folder", refusal("load /"));
    }

    @Test
    void aStateFolderThatCanBeNone() {
        System.setProperty("ffmerge.state", "~you/state");
        try (Session lost = new Session(new DemoHome(null), StateFolder.find(), NO_HUB)) {
            host.run("load " + source + " --as m", lost);
            String said =
                    assertThrows(UserError.class, () -> lost.log().read(1)).getMessage();
            assertTrue(said.startsWith("FFMERGE_STATE names no folder"), said);
        } finally {
            System.clearProperty("ffmerge.state");
        }
    }
}
