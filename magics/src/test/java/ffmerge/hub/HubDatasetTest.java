package ffmerge.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.fixture.HubServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which files a split has, and when they are fetched. */
class HubDatasetTest {
    private static final List<String> PARQUET = List.of(".parquet");

    @TempDir
    private Path cache;

    private HubServer server;
    private Hub hub;
    private Hub offline;

    @BeforeEach
    void startServer() {
        server = new HubServer(0);
        hub = new Hub(FetchingProcess.settings(server.endpoint(), cache));
        offline = new Hub(offlineAt(server.endpoint()));
    }

    private HubSettings offlineAt(URI endpoint) {
        return new HubSettings(endpoint, cache, Optional.empty(), true, Duration.ofSeconds(5), Duration.ofMillis(5));
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    private void serve(String... names) {
        HubServer.Repo repo = server.dataset("tiny/data", new HubServer.Repo());
        for (String name : names) {
            repo.file(name, name.repeat(10));
        }
    }

    private static DatasetId id(String text) {
        return DatasetId.parse(text).orElseThrow();
    }

    private static List<String> names(SplitFiles files) {
        return IntStream.range(0, files.count()).mapToObj(files::name).toList();
    }

    private static String refusal(Runnable asking) {
        return assertThrows(UserError.class, asking::run).getMessage();
    }

    @ParameterizedTest
    @CsvSource({
        "a/b, a/b,,main",
        "a/b:c-1.0, a/b,c-1.0,main",
        "a/b:c@refs/pr/1, a/b,c,refs/pr/1",
        "a/b@v2, a/b,,v2",
        "wikitext-103, Salesforce/wikitext,wikitext-103-raw-v1,main",
        "imagenet-1k, ILSVRC/imagenet-1k,,main"
    })
    void whatNamesADataSet(String text, String id, String config, String revision) {
        assertEquals(new DatasetId(id, config, revision), id(text));
    }

    @Test
    void whatNamesNone() {
        for (String text : List.of("a", "a/b/c", "../b", "a/b:", "a/b:../c", "a/b@", "a/b:c:d", "/a/b", "a\\b", "")) {
            assertEquals(Optional.empty(), DatasetId.parse(text), text);
        }
    }

    @Test
    void filesAreFetchedWhenTheyAreAskedFor() throws Exception {
        serve(
                "README.md",
                "a/train-00000-of-00002.parquet",
                "a/train-00001-of-00002.parquet",
                "a/test-00000-of-00001.parquet",
                "b/train-00000-of-00001.parquet");
        SplitFiles files = hub.dataset(id("tiny/data:a"), "train", PARQUET);
        assertEquals(List.of("a/train-00000-of-00002.parquet", "a/train-00001-of-00002.parquet"), names(files));
        assertEquals(List.of(), server.downloads());
        Path second = files.fetch(1, Progress.NONE);
        assertEquals(
                cache.resolve("datasets--tiny--data/snapshots/" + HubServer.COMMIT + "/a/train-00001-of-00002.parquet"),
                second);
        assertEquals("a/train-00001-of-00002.parquet".repeat(10), Files.readString(second));
        assertEquals(1, server.downloads().size());
        server.asked.clear();
        files.fetch(1, Progress.NONE);
        assertEquals(List.of(), server.asked);
        assertEquals(List.of("tiny/data:a"), offline.cachedDatasets());
    }

    @Test
    void aPartInTheCacheIsNotTakenForTheWhole() {
        serve(
                "data/validation-00000-of-00003.parquet",
                "data/validation-00001-of-00003.parquet",
                "data/validation-00002-of-00003.parquet",
                "data/test-00000-of-00001.parquet");
        hub.dataset(id("tiny/data"), "validation", PARQUET).fetch(1, Progress.NONE);
        server.asked.clear();
        SplitFiles known = offline.dataset(id("tiny/data"), "validation", PARQUET);
        assertEquals(3, known.count());
        assertFalse(known.unreached());
        assertTrue(Files.exists(known.fetch(1, Progress.NONE)));
        assertEquals(
                "data/validation-00000-of-00003.parquet is not in the cache: the data set tiny/data at revision main is"
                        + " not wholly in the cache, and HF_HUB_OFFLINE forbids to ask the hub; unset it and load it"
                        + " once",
                refusal(() -> known.fetch(0, Progress.NONE)));
        assertEquals(
                "in the cache, the data set tiny/data has no split 'test'; it has validation; the data set tiny/data at"
                        + " revision main is not wholly in the cache, and HF_HUB_OFFLINE forbids to ask the hub; unset it"
                        + " and load it once",
                refusal(() -> offline.dataset(id("tiny/data"), "test", PARQUET)));
        assertEquals(List.of(), server.asked);
    }

    /** Files that the hub converted have no number in their names that tells how many there are. */
    @Test
    void aListThatPythonKeptTellsWhatThereIs() throws IOException {
        serve("train/0000.parquet", "train/0001.parquet");
        hub.dataset(id("tiny/data"), "train", PARQUET).fetch(0, Progress.NONE);
        assertEquals(1, offline.dataset(id("tiny/data"), "train", PARQUET).count());
        Path kept = cache.resolve("datasets--tiny--data/trees/" + HubServer.COMMIT + ".json");
        Files.createDirectories(kept.getParent());
        Files.writeString(
                kept,
                "{\"format_version\": 1, \"files\": {\"train/0000.parquet\": {\"size\": 180},"
                        + " \"train/0001.parquet\": {\"size\": 180}, \"test.parquet\": {}}}");
        assertEquals(2, offline.dataset(id("tiny/data"), "train", PARQUET).count());
        assertEquals(1, offline.dataset(id("tiny/data"), "test", PARQUET).count());
        for (String other : List.of("{\"format_version\": 2, \"files\": {\"a.parquet\": {}}}", "{", "")) {
            Files.writeString(kept, other);
            assertEquals(1, offline.dataset(id("tiny/data"), "train", PARQUET).count());
        }
    }

    @Test
    void whereTheHubIsAwayTheCacheServes() {
        serve("data/test-00000-of-00002.parquet", "data/test-00001-of-00002.parquet");
        hub.dataset(id("tiny/data"), "test", PARQUET).fetch(0, Progress.NONE);
        server.close();
        SplitFiles known = hub.dataset(id("tiny/data"), "test", PARQUET);
        assertTrue(known.unreached());
        assertTrue(Files.exists(known.fetch(0, Progress.NONE)));
        String message = refusal(() -> known.fetch(1, Progress.NONE));
        assertTrue(message.contains("is not in the cache") && message.contains("can't be reached"), message);
    }

    @Test
    void theSplitsThatThereAre() {
        serve("data/train-00000-of-00001.parquet", "data/test-00000-of-00001.parquet");
        assertEquals(
                "the data set tiny/data has no split 'validation'; it has test, train",
                refusal(() -> hub.dataset(id("tiny/data"), "validation", PARQUET)));
    }

    @Test
    void theConfigurationsThatThereAre() {
        serve("a/train-0.parquet", "b/train-0.parquet");
        assertEquals(
                "the data set tiny/data has several configurations; name one as tiny/data:a; there are a, b",
                refusal(() -> hub.dataset(id("tiny/data"), "train", PARQUET)));
        assertEquals(
                "the data set tiny/data has no configuration 'c'; there are a, b",
                refusal(() -> hub.dataset(id("tiny/data:c"), "train", PARQUET)));
    }

    @ParameterizedTest
    @CsvSource({
        // Salesforce/wikitext, ILSVRC/imagenet-1k, Helsinki-NLP/tatoeba_mt, knkarthick/samsum, the hub's conversions
        "wikitext-103-raw-v1, validation, wikitext-103-raw-v1/validation-00000-of-00001.parquet",
        "                   , validation, data/validation-00000-of-00014.parquet",
        "eng-zho            , validation, dev/tatoeba-dev.eng-zho.tsv",
        "eng-zho            , test      , test/tatoeba-test.eng-zho.tsv",
        "                   , train     , default/train/0000.parquet",
        "                   , train     , default/partial-train/0000.parquet",
        "val-test           , train     , val-test/train/0000.parquet",
        "                   , test      , test.parquet",
        "                   , validation, my_data.dev.parquet"
    })
    void formsOfNames(String config, String split, String name) {
        String other = name.contains("eng-zho") ? "test/tatoeba-test.eng-fra.tsv" : "data.zip";
        serve(name, other, "README.md", "dataset_infos.json");
        DatasetId id = new DatasetId("tiny/data", config, Hub.MAIN);
        assertEquals(List.of(name), names(hub.dataset(id, split, List.of(".parquet", ".tsv"))));
    }

    @Test
    void aDataSetThatTheHubConverted() {
        serve("raw.csv");
        assertEquals(
                "the data set tiny/data has no files in a form that is read here: .parquet",
                refusal(() -> hub.dataset(id("tiny/data"), "train", PARQUET)));
        HubServer.Repo repo = server.repos.get("datasets/tiny/data");
        HubServer.Repo converted = new HubServer.Repo().file("default/validation/0000.parquet", "rows");
        converted.commit = "c".repeat(40);
        repo.branches.put("refs/convert/parquet", converted);
        SplitFiles files = hub.dataset(id("tiny/data"), "validation", PARQUET);
        assertEquals(List.of("default/validation/0000.parquet"), names(files));
        assertTrue(Files.exists(files.fetch(0, Progress.NONE)));
        assertTrue(Files.exists(cache.resolve("datasets--tiny--data/refs/refs/convert/parquet")));
    }

    @Test
    void namesThatLeadOutOfTheCache() {
        serve("x/../../../train.parquet");
        SplitFiles files = hub.dataset(id("tiny/data"), "train", PARQUET);
        assertEquals(
                "the data set tiny/data names 'x/../../../train.parquet', which could lead out of the cache; it is not"
                        + " fetched",
                refusal(() -> files.fetch(0, Progress.NONE)));
    }
}
