package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.StateFolder;
import ffmerge.UserError;
import ffmerge.data.DemoHome;
import ffmerge.fixture.HubServer;
import ffmerge.hub.Hub;
import ffmerge.hub.HubSettings;
import ffmerge.magic.typing.HelpText;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code load} of a demo model, a folder and a hub id, in this order. */
class LoadHubModelTest {
    @TempDir
    private Path cache;

    private HubServer server;
    private Session session;
    private final Notes host = new Notes();

    @BeforeEach
    void serveATinyModel() throws IOException, URISyntaxException {
        server = new HubServer(0);
        HubServer.Repo repo = server.model("tiny/gpt2-tiny", new HubServer.Repo());
        Path folder =
                Path.of(LoadHubModelTest.class.getResource("/gpt2/prefixed").toURI());
        for (String file : List.of("config.json", "model.safetensors")) {
            repo.file(file, Files.readAllBytes(folder.resolve(file)));
        }
        HubSettings settings = new HubSettings(
                server.endpoint(), cache, Optional.empty(), false, Duration.ofSeconds(5), Duration.ofMillis(5));
        session = new Session(DemoHome.find(), StateFolder.find(), () -> new Hub(settings));
    }

    @AfterEach
    void close() {
        session.close();
        server.close();
    }

    private void load(String... words) {
        LoadCommand command = new LoadCommand();
        command.run(Arguments.parse(command.spec(), List.of(words), Map.of(), host::variable), session, host);
    }

    private String refusal(String... words) {
        return assertThrows(UserError.class, () -> load(words)).getMessage();
    }

    @Test
    void aHubModelIsCalledByTheLastOfItsName() {
        load("tiny/gpt2-tiny");
        assertEquals("tiny/gpt2-tiny@01234567", session.lineage("gpt2-tiny").toString());
        assertEquals(
                3, session.architecture("tiny/gpt2-tiny", host).stacks().get(0).layers());
    }

    @Test
    void aRevisionIsAskedFor() {
        assertEquals(
                "the model tiny/gpt2-tiny has no revision 'v9'; name a branch, a tag or a commit of it",
                refusal("tiny/gpt2-tiny", "--revision", "v9"));
        load("tiny/gpt2-tiny", "--revision", HubServer.COMMIT, "--as", "tiny");
        assertEquals("tiny/gpt2-tiny@01234567", session.lineage("tiny").toString());
        assertEquals(
                "--revision is of a hub model; gpt2-novels is a folder here",
                refusal("gpt2-novels", "--revision", "a"));
    }

    @Test
    void theCachesCopyIsSaidToBeOne() {
        load("tiny/gpt2-tiny");
        server.close();
        load("tiny/gpt2-tiny");
        assertEquals(
                List.of("The hub can't be reached; this is the copy in the cache, of commit 01234567."), host.notices);
    }

    @Test
    void whatTheCacheHasIsSaidWhereSomethingCannotBeHad() {
        String host = "the hub localhost:" + server.endpoint().getPort();
        assertEquals(
                host
                        + " has no model tiny/gpt2-tini that you may read; check the spelling, or set HF_TOKEN to a token if"
                        + " it is private; the cache has none",
                refusal("tiny/gpt2-tini"));
        assertEquals(
                "there is no folder 'src/none' here, and " + host
                        + " has no model src/none that you may read; check the spelling, or set HF_TOKEN to a token if"
                        + " it is private; the cache has none",
                refusal("src/none"));
        load("tiny/gpt2-tiny");
        assertEquals(
                host
                        + " has no model tiny/gpt2-tini that you may read; check the spelling, or set HF_TOKEN to a token if"
                        + " it is private; did you mean 'tiny/gpt2-tiny'? The cache has tiny/gpt2-tiny",
                refusal("tiny/gpt2-tini"));
        server.close();
        String message = refusal("other/model");
        assertTrue(message.contains("can't be reached") && message.endsWith("; the cache has tiny/gpt2-tiny"), message);
        assertTrue(message.startsWith("there is no folder 'other/model' here, and the hub "), message);
    }

    @Test
    void helpTellsOfTheHubsVariables() {
        String help = HelpText.of(new LoadCommand().spec()).text();
        for (String variable : List.of("HF_TOKEN", "HF_HOME", "HF_ENDPOINT", "HF_HUB_OFFLINE")) {
            assertTrue(help.contains("  " + variable + " "), help);
        }
    }

    @Test
    void aSlipInADemoModelsNameIsNoQuestionToTheHub() {
        String message = refusal("gpt2-novel");
        assertTrue(
                message.startsWith("there is no model or folder 'gpt2-novel'; did you mean 'gpt2-novels'?"), message);
        refusal("./no/such/folder");
        assertEquals(List.of(), server.asked);
    }
}
