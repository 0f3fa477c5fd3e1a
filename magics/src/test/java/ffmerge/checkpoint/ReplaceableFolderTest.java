package ffmerge.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import ffmerge.FileKind;
import ffmerge.UserError;
import ffmerge.fixture.MemoryCheckpoint;
import ffmerge.fixture.SpecialFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code --replace} may replace: the folder of a model that holds nothing else. */
@DisabledOnOs(OS.WINDOWS)
class ReplaceableFolderTest {
    private static final Duration AT_ONCE = Duration.ofSeconds(5);

    @TempDir
    private Path folder;

    private Path target;

    @BeforeEach
    void nameTarget() {
        target = folder.resolve("saved");
    }

    private static void save(Path target) {
        MemoryCheckpoint model = new MemoryCheckpoint().tensor("x", new long[] {1}, 1);
        WritingProcess.writeFolder(target, model, "1", true);
    }

    private void assertRefused(String message) {
        UserError error = assertTimeoutPreemptively(AT_ONCE, () -> assertThrows(UserError.class, () -> save(target)));
        assertEquals(message, error.getMessage());
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PIPE", "SOCKET"})
    void whatIsNoFolder(FileKind kind) throws Exception {
        SpecialFiles.make(kind, target);
        assertRefused(target + " is " + kind.label() + "; name a folder");
        assertEquals(kind, FileKind.of(target));
        assertEquals(List.of("saved"), names(folder));
    }

    @Test
    void aDevice() {
        Path device = Path.of("/dev/null");
        UserError error = assertThrows(UserError.class, () -> save(device));
        assertEquals("/dev/null is a device; name a folder", error.getMessage());
        assertEquals(FileKind.DEVICE, FileKind.of(device));
    }

    @ParameterizedTest
    @ValueSource(strings = {"model", "nowhere", "/dev/null"})
    void aLinkWhereverItLeads(String where) throws IOException {
        save(folder.resolve("model"));
        Files.createSymbolicLink(target, Path.of(where));
        assertRefused(target + " is a link; name the folder that it leads to, or another");
        assertEquals(Path.of(where), Files.readSymbolicLink(target));
        assertEquals(List.of("config.json", "model.safetensors"), names(folder.resolve("model")));
    }

    @Test
    void aModelsFolderBehindALinkToTheFolderAbove() throws IOException {
        Path models = Files.createDirectory(folder.resolve("models"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), models);
        save(link.resolve("saved"));
        save(link.resolve("saved"));
        assertEquals(List.of("saved"), names(models));
    }

    @Test
    void aModelBesideWhichOtherFilesStand() throws Exception {
        save(target);
        Files.writeString(target.resolve("notes.txt"), "weeks of work");
        Files.createDirectories(target.resolve("src/main"));
        Files.createSymbolicLink(target.resolve("vocab.txt"), folder.resolve("nowhere"));
        SpecialFiles.make(FileKind.PIPE, target.resolve("merges.txt"));
        assertRefused(target + " also holds what is no file of a model, merges.txt (a named pipe), notes.txt, src (a"
                + " folder) and 1 more, so it is not replaced; move that elsewhere, or name another folder");
        assertEquals(
                List.of("config.json", "merges.txt", "model.safetensors", "notes.txt", "src", "vocab.txt"),
                names(target));
        assertEquals(List.of("saved"), names(folder));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"notes.txt", ".env", "README.md", "model.py", "checkpoint.bin", "Model.safetensors", ".git"})
    void aSingleOtherFile(String name) throws IOException {
        save(target);
        Files.writeString(target.resolve(name), "mine");
        assertRefused(target + " also holds what is no file of a model, " + name
                + ", so it is not replaced; move that elsewhere, or name another folder");
        assertEquals("mine", Files.readString(target.resolve(name)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pytorch_model.bin",
                "model-00001-of-00002.safetensors",
                "model.safetensors.index.json",
                "tokenizer.json",
                "source.spm",
                "tokenizer.model",
                "chat_template.jinja",
                "adapter_config.json"
            })
    void whateverFilesAModelHas(String name) throws IOException {
        save(target);
        Files.writeString(target.resolve(name), "old");
        save(target);
        assertEquals(List.of("config.json", "model.safetensors"), names(target));
    }

    @Test
    void somethingThatIsPutInWhileTheModelIsWritten() throws IOException {
        save(target);
        MemoryCheckpoint slow = new MemoryCheckpoint()
                .tensor("x", new long[] {1}, 2)
                .whenRead("x", () -> SpecialFiles.write(target.resolve("notes.txt"), "just now"));
        UserError error = assertThrows(UserError.class, () -> WritingProcess.writeFolder(target, slow, "2", true));
        assertEquals(
                target + " also holds what is no file of a model, notes.txt, so it is not replaced; move that"
                        + " elsewhere, or name another folder",
                error.getMessage());
        assertEquals("1", Files.readString(target.resolve("config.json")));
        assertEquals(List.of("config.json", "model.safetensors", "notes.txt"), names(target));
        assertEquals(List.of("saved"), names(folder));
    }
}
