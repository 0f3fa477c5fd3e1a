package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Expected;
import ffmerge.StateFolder;
import ffmerge.data.DemoHome;
import ffmerge.evaluate.Rouge;
import ffmerge.fixture.HubServer;
import ffmerge.hub.Hub;
import ffmerge.hub.HubSettings;
import ffmerge.result.EvalResult;
import ffmerge.result.Result;
import ffmerge.result.ShrinkResult;
import ffmerge.result.TuneResult;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --data} with a data set of the hub: the same numbers as from Python or from files, and no file too many. */
class HubDataTest {
    @TempDir
    private Path folder;

    private HubServer server;
    private Session session;
    private final Notes host = new Notes();

    @BeforeEach
    void startServer() {
        server = new HubServer(0);
        session = session(false);
    }

    private Session session(boolean offline) {
        HubSettings settings = new HubSettings(
                server.endpoint(),
                folder.resolve("cache"),
                Optional.empty(),
                offline,
                Duration.ofSeconds(5),
                Duration.ofMillis(5));
        return new Session(
                new DemoHome(Expected.home()), new StateFolder(folder.resolve("state")), () -> new Hub(settings));
    }

    @AfterEach
    void close() {
        session.close();
        server.close();
    }

    private Result run(String line) {
        return host.run(line, session);
    }

    private EvalResult eval(String line) {
        return (EvalResult) run("eval " + line);
    }

    private String refusal(String line) {
        return host.refusal(line, session);
    }

    private static byte[] resource(String name) {
        try (InputStream in = HubDataTest.class.getResourceAsStream("/hubdata/" + name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The names of the files that were asked for, in order. Some have the same bytes, which are fetched once. */
    private List<String> fetched() {
        return server.asked.stream()
                .filter(a -> a.method().equals("HEAD"))
                .map(a -> a.path().replaceFirst(".*/", ""))
                .toList();
    }

    private void serveText() {
        HubServer.Repo repo = server.dataset("tiny/wiki", new HubServer.Repo());
        for (String split : List.of("train", "validation", "test")) {
            for (int i = 0; i < 2; i++) {
                byte[] bytes = resource("text/test-0000" + i + "-of-00002.parquet");
                repo.file("wiki-raw/" + split + "-0000" + i + "-of-00002.parquet", bytes);
            }
        }
        repo.file("wiki-tokens/test-00000-of-00001.parquet", "other");
    }

    @Test
    void wikiTextsPerplexityIsPythons() throws IOException {
        serveText();
        JsonNode expected = new ObjectMapper().readTree(resource("expected.json"));
        run("load gpt2-novels --as base");
        EvalResult five = eval("base --data tiny/wiki:wiki-raw --split test --limit 5");
        double ofFive = expected.path("perplexityOf5").asDouble();
        assertEquals(ofFive, five.value(), 1e-4 * ofFive);
        assertEquals(List.of("test-00000-of-00002.parquet"), fetched());
        EvalResult all = eval("base --data tiny/wiki:wiki-raw --split test");
        double ofAll = expected.path("perplexity").asDouble();
        assertEquals(ofAll, all.value(), 1e-4 * ofAll);
        assertEquals(2, fetched().size());
        assertEquals("tiny/wiki:wiki-raw", all.data());
        assertTrue(host.stages.contains("Downloading wiki-raw/test-00000-of-00002.parquet"), host.stages.toString());
        session.close();
        session = session(true);
        server.close();
        run("load gpt2-novels --as base");
        assertEquals(
                all.value(), eval("base --data tiny/wiki:wiki-raw --split test").value());
    }

    @Test
    void tuningFetchesTheShardsWhoseTurnItIs() {
        serveText();
        run("load gpt2-novels --as base");
        String tune = "tune base --data tiny/wiki:wiki-raw --steps 3 --batch 2 --limit 2 --as ";
        TuneResult first = (TuneResult) run(tune + "one");
        List<String> train =
                fetched().stream().filter(f -> f.startsWith("train")).toList();
        assertEquals(1, train.size(), train.toString());
        session.close();
        session = session(false);
        run("load gpt2-novels --as base");
        TuneResult again = (TuneResult) run(tune + "two");
        assertEquals(first.after(), again.after());
    }

    @Test
    void mergingReadsNoMoreThanTheTokensItNeeds() {
        serveText();
        run("load gpt2-novels --as base");
        ShrinkResult merged =
                (ShrinkResult) run("merge base --data tiny/wiki:wiki-raw --window 3-4 --tokens 512 --as small");
        assertTrue(merged.matchedCorrelation().get("decoder").get("4") > 0.1);
        assertEquals(List.of("validation-00000-of-00002.parquet"), fetched());
        run("cka base --data tiny/wiki:wiki-raw --tokens 512");
        assertEquals(1, fetched().size());
    }

    @Test
    void samsumIsSummarizedAsTheSameDialoguesInAFolder() throws IOException {
        HubServer.Repo repo = server.dataset("knkarthick/samsum", new HubServer.Repo());
        Path local = Files.createDirectory(folder.resolve("local"));
        for (String split : List.of("train", "validation", "test")) {
            String csv = "id,dialogue,summary\r\n"
                    + "1,\"Ann: can I borrow your " + split + " tent?\r\nBob: sure\",Bob will lend Ann a tent.\r\n"
                    + "2,\"Eva: I got a cat\r\nTom: really, \"\"Max\"\"?\",\"Eva has a cat, Max.\"\r\n";
            repo.file(split + ".csv", csv);
            Files.writeString(local.resolve(split + ".csv"), csv);
        }
        repo.file("dataset_infos.json", "{}");
        run("load olmo-dialogues --as base");
        EvalResult hub = eval("base --data samsum --show 2");
        assertEquals(List.of("test.csv"), fetched());
        assertEquals(Rouge.MEASURE, hub.metric());
        EvalResult files = eval("base --data " + local + " --show 2");
        assertEquals(files.value(), hub.value());
        assertEquals(files.samples(), hub.samples());
        assertEquals(
                2,
                ((TuneResult) run("tune base --data samsum --steps 2 --batch 2 --limit 1 --as tuned"))
                        .loss()
                        .size());
    }

    /** Shards of the demo's digits, with the metadata that names the classes. */
    private void serveDigits() throws SQLException, IOException {
        HubServer.Repo repo = server.dataset("tiny/digits", new HubServer.Repo());
        Path digits = Expected.home().resolve("data/digits-validation.parquet");
        try (Connection database = DriverManager.getConnection("jdbc:duckdb:")) {
            for (String split : List.of("train", "validation")) {
                for (int i = 0; i < 3; i++) {
                    String name = String.format("%s-%05d-of-00003.parquet", split, i);
                    Path file = folder.resolve(name);
                    database.createStatement()
                            .execute("COPY (SELECT image, label FROM read_parquet('" + digits + "') LIMIT 100 OFFSET "
                                    + 100 * i + ") TO '" + file + "' (FORMAT parquet)");
                    repo.file("data/" + name, Files.readAllBytes(file));
                }
            }
            database.createStatement()
                    .execute("COPY (SELECT image, label FROM read_parquet('" + digits + "') LIMIT 300) TO '"
                            + folder.resolve("whole.parquet") + "' (FORMAT parquet)");
        }
    }

    @Test
    void aFewImagesNeedTheFirstShard() throws SQLException, IOException {
        serveDigits();
        run("load vit-digits --as base");
        double few =
                eval("base --data tiny/digits --split validation --limit 60").value();
        assertEquals(List.of("validation-00000-of-00003.parquet"), fetched());
        assertEquals(
                eval("base --data " + folder.resolve("whole.parquet") + " --limit 60")
                        .value(),
                few);
        double all = eval("base --data tiny/digits --split validation").value();
        assertEquals(3, fetched().size());
        assertEquals(eval("base --data " + folder.resolve("whole.parquet")).value(), all);
        assertEquals(
                "the data set tiny/digits has no split 'test'; it has train, validation",
                refusal("eval base --data tiny/digits"));
    }

    @Test
    void imagesOfTrainingComeFromOneShardAtATime() throws SQLException, IOException {
        serveDigits();
        run("load vit-digits --as base");
        // a shard of 100 images has its turn for 5 batches of 20
        run("tune base --data tiny/digits --steps 4 --batch 20 --limit 20 --as small");
        List<String> four =
                fetched().stream().filter(f -> f.startsWith("train")).toList();
        assertEquals(1, four.size(), four.toString());
        run("tune base --data tiny/digits --steps 12 --batch 20 --limit 20 --as small");
        List<String> twelve =
                fetched().stream().filter(f -> f.startsWith("train")).toList();
        assertEquals(3, twelve.size(), twelve.toString());
    }

    @Test
    void pairsInAnyFormAndDirectionAreTheSame() throws IOException {
        HubServer.Repo struct = server.dataset("tiny/opus", new HubServer.Repo());
        struct.file("en-zh/test-00000-of-00001.parquet", resource("pairs/test-00000-of-00001.parquet"));
        HubServer.Repo lines = server.dataset("tiny/tatoeba", new HubServer.Repo());
        lines.file("test/tatoeba-test.eng-zho.tsv", resource("tatoeba/tatoeba-test.eng-zho.tsv"));
        lines.file("test/tatoeba-test.eng-fra.tsv", "eng\tfra\tYes.\tOui.\n".repeat(10));
        HubServer.Repo columns = server.dataset("tiny/converted", new HubServer.Repo());
        columns.file("eng-zho/test/0000.parquet", resource("tatoeba/0000.parquet"));
        run("load opus-mt-tatoeba-zh-en --as base");
        EvalResult demo = eval("base --limit 40 --beams 1");
        assertEquals(40, demo.examples());
        for (String data : List.of("tiny/opus:en-zh", "tiny/tatoeba:eng-zho", "tiny/converted:eng-zho")) {
            EvalResult own = eval("base --beams 1 --data " + data);
            assertEquals(demo.value(), own.value(), data);
            assertEquals(demo.examples(), own.examples(), data);
        }
        assertEquals(
                "the data set tiny/opus:en-zh has no split 'validation'; it has test",
                refusal("merge base --window 1-2 --data tiny/opus:en-zh --as x"));
        String wrong = refusal("eval base --data tiny/tatoeba:eng-fra");
        assertTrue(wrong.endsWith("is in eng and fra; the model translates from zho into eng"), wrong);
    }

    @Test
    void aFileOfTheUsersIsReadInTheSameWay() throws IOException {
        Path file = Files.write(folder.resolve("mine.parquet"), resource("text/test-00000-of-00002.parquet"));
        serveText();
        run("load gpt2-novels --as base");
        assertEquals(
                eval("base --data tiny/wiki:wiki-raw --limit 5").value(),
                eval("base --data " + file + " --limit 5").value());
    }

    @Test
    void whatIsNoData() {
        run("load gpt2-novels --as base");
        assertTrue(
                refusal("eval base --data tiny/none").startsWith("the hub localhost"),
                refusal("eval base --data tiny/none"));
        assertEquals(
                "there is no data set, file or folder 'novel'; did you mean 'novels'? Demo data sets are "
                        + String.join(", ", session.home().dataSets())
                        + "; of the hub's, name one as ORG/NAME, ORG/NAME:CONFIG or wikitext-103, wikitext-2, imagenet-1k,"
                        + " tatoeba-zh-en, samsum",
                refusal("eval base --data novel"));
        server.dataset("tiny/numbers", new HubServer.Repo().file("test.parquet", resource("tatoeba/0000.parquet")));
        String message = refusal("eval base --data tiny/numbers");
        assertTrue(
                message.endsWith("has no column 'text'; it has sourceLang, targetlang, sourceString, targetString;"
                        + " --columns TEXT says which is meant, or of dialogues DIALOGUE,SUMMARY"),
                message);
        server.dataset("tiny/damaged", new HubServer.Repo().file("test.parquet", "no parquet".repeat(50)));
        String damaged = refusal("eval base --data tiny/damaged");
        assertTrue(damaged.startsWith("cannot read ") && damaged.contains("test.parquet"), damaged);
    }
}
