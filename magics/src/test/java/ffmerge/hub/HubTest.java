package ffmerge.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.fixture.HubServer;
import ffmerge.fixture.JavaProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is fetched, how it lies in the cache, and what is asked for it. */
class HubTest {
    @TempDir
    private Path cache;

    private HubServer server;
    private Hub hub;
    private Hub offline;

    @BeforeEach
    void startServer() {
        server = new HubServer(0);
        server.model("tiny/model", HubServer.sample());
        hub = new Hub(FetchingProcess.settings(server.endpoint(), cache));
        offline = new Hub(new HubSettings(
                server.endpoint(), cache, Optional.empty(), true, Duration.ofSeconds(1), Duration.ofMillis(1)));
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    private Snapshot load() {
        return hub.model("tiny/model", Hub.MAIN, Progress.NONE);
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    /** As generate.py lists it. */
    private List<String> listing() throws IOException {
        try (Stream<Path> files = Files.walk(cache)) {
            return files.filter(f -> !Files.isDirectory(f) || Files.isSymbolicLink(f))
                    .filter(f -> !f.startsWith(cache.resolve(".locks")))
                    .map(f -> {
                        try {
                            return Files.isSymbolicLink(f)
                                    ? cache.relativize(f) + " -> " + Files.readSymbolicLink(f)
                                    : cache.relativize(f) + ": " + Files.size(f) + " bytes";
                        } catch (IOException e) {
                            throw new IllegalStateException(e);
                        }
                    })
                    .sorted()
                    .toList();
        }
    }

    private static List<String> pythonsListing() throws IOException {
        try (var in = HubTest.class.getResourceAsStream("/hub/cache.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .sorted()
                    .toList();
        }
    }

    private static String refusal(Runnable loading) {
        return assertThrows(UserError.class, loading::run).getMessage();
    }

    @Test
    void whatAModelNeedsIsFetchedAndNoMore() throws IOException {
        Snapshot snapshot = load();
        assertEquals(HubServer.COMMIT, snapshot.commit());
        assertFalse(snapshot.unreached());
        assertEquals(
                List.of(
                        "config.json",
                        "generation_config.json",
                        "model.safetensors",
                        "source.spm",
                        "tokenizer.json",
                        "vocab.json"),
                names(snapshot.folder()));
        assertEquals("w".repeat(5000), Files.readString(snapshot.folder().resolve("model.safetensors")));
        assertEquals("pieces", Files.readString(snapshot.folder().resolve("source.spm")));
    }

    @Test
    void theCacheLooksAsPythonLeavesIt() throws IOException {
        load();
        assertEquals(pythonsListing(), listing());
    }

    @Test
    void whatPythonFetchedIsFoundOffline() throws IOException {
        HubServer.Repo sample = HubServer.sample();
        for (String line : pythonsListing()) {
            Path path = cache.resolve(line.replaceFirst(" -> .*|: \\d+ bytes$", ""));
            Files.createDirectories(path.getParent());
            if (line.contains(" -> ")) {
                Files.createSymbolicLink(path, Path.of(line.replaceFirst(".* -> ", "")));
                byte[] bytes = sample.files.get(path.getFileName().toString());
                Path blob = path.getParent().resolve(Files.readSymbolicLink(path));
                Files.createDirectories(blob.getParent());
                Files.write(blob, bytes);
            } else if (line.contains("/refs/")) {
                Files.writeString(path, HubServer.COMMIT);
            }
        }
        Snapshot snapshot = offline.model("tiny/model", Hub.MAIN, Progress.NONE);
        assertEquals(6, names(snapshot.folder()).size());
        assertEquals(List.of("tiny/model"), offline.cachedModels());
        assertEquals(List.of(), server.asked);
    }

    @Test
    void whatIsThereIsNotAskedForAgain() {
        load();
        server.asked.clear();
        load();
        assertEquals(
                List.of("/api/models/tiny/model/revision/main"),
                server.asked.stream().map(HubServer.Asked::path).toList());
        server.asked.clear();
        hub.model("tiny/model", HubServer.COMMIT, Progress.NONE);
        assertEquals(List.of(), server.asked);
    }

    @Test
    void aNewCommitSharesTheBlobsThatStayed() throws IOException {
        load();
        server.asked.clear();
        HubServer.Repo repo = server.repos.get("models/tiny/model");
        repo.commit = "f".repeat(40);
        repo.file("config.json", "{\"model_type\": \"other\"}");
        Snapshot snapshot = load();
        assertEquals("f".repeat(40), snapshot.commit());
        assertEquals(
                "{\"model_type\": \"other\"}",
                Files.readString(snapshot.folder().resolve("config.json")));
        assertEquals(List.of(), server.downloads());
        assertEquals(Optional.of(snapshot.folder()), hub.cachedModel("tiny/model", Hub.MAIN));
    }

    @Test
    void aRevisionWithASlash() throws IOException {
        server.repos.get("models/tiny/model").revisions = List.of("refs/pr/1");
        Snapshot snapshot = hub.model("tiny/model", "refs/pr/1", Progress.NONE);
        assertEquals(snapshot.commit(), Files.readString(cache.resolve("models--tiny--model/refs/refs/pr/1")));
    }

    @Test
    void shardsByTheirIndex() throws IOException {
        server.model(
                "tiny/sharded",
                new HubServer.Repo()
                        .file("config.json", "{}")
                        .file(
                                "model.safetensors.index.json",
                                "{\"weight_map\":{\"a\":\"model-1.safetensors\",\"b\":\"model-2.safetensors\"}}")
                        .file("model-1.safetensors", "1".repeat(500))
                        .file("model-2.safetensors", "2".repeat(500))
                        .file("model-3.safetensors", "3".repeat(500)));
        Path folder = hub.model("tiny/sharded", Hub.MAIN, Progress.NONE).folder();
        assertEquals(
                List.of("config.json", "model-1.safetensors", "model-2.safetensors", "model.safetensors.index.json"),
                names(folder));
        Files.delete(folder.resolve("model-2.safetensors"));
        assertEquals(Optional.empty(), hub.cachedModel("tiny/sharded", Hub.MAIN));
    }

    @Test
    void picklesWhereThereIsNothingBetter() throws IOException {
        server.repos.get("models/tiny/model").files.remove("model.safetensors");
        assertTrue(names(load().folder()).contains("pytorch_model.bin"));
    }

    @Test
    void repositoriesThatAreNoTransformer() {
        server.model("tiny/weights", new HubServer.Repo().file("model.safetensors", ""));
        assertEquals(
                "the model tiny/weights has no config.json, so it is no Transformer in Hugging Face layout",
                refusal(() -> hub.model("tiny/weights", Hub.MAIN, Progress.NONE)));
        server.model("tiny/gguf", new HubServer.Repo().file("config.json", "{}").file("model.gguf", "x"));
        assertEquals(
                "the model tiny/gguf has no model.safetensors and no pytorch_model.bin; other formats are not read",
                refusal(() -> hub.model("tiny/gguf", Hub.MAIN, Progress.NONE)));
    }

    @Test
    void offlineNobodyIsAsked() {
        assertEquals(
                "the model tiny/model at revision main is not wholly in the cache, and HF_HUB_OFFLINE forbids to ask the"
                        + " hub; unset it and load it once",
                refusal(() -> offline.model("tiny/model", Hub.MAIN, Progress.NONE)));
        Snapshot loaded = load();
        server.asked.clear();
        assertEquals(loaded, offline.model("tiny/model", Hub.MAIN, Progress.NONE));
        assertEquals(List.of(), server.asked);
    }

    @Test
    void whereTheHubIsAwayTheCacheServes() {
        load();
        server.close();
        assertTrue(load().unreached());
        assertEquals(
                "the hub localhost:" + server.endpoint().getPort() + " can't be reached: it takes no connections; try"
                        + " again later, or set HF_HUB_OFFLINE=1 to use what is in the cache",
                refusal(() -> hub.model("tiny/other", Hub.MAIN, Progress.NONE)));
    }

    @Test
    void severalProcessesFetchTheSameModelOnce() throws Exception {
        List<JavaProcess> processes = List.of(startProcess(), startProcess(), startProcess());
        for (JavaProcess process : processes) {
            JavaProcess.Result result = process.await();
            assertEquals(
                    cache.resolve("models--tiny--model/snapshots/" + HubServer.COMMIT)
                            .toString(),
                    result.output());
        }
        assertEquals(1, server.downloads().size());
        assertEquals(pythonsListing(), listing());
    }

    private JavaProcess startProcess() throws IOException {
        return JavaProcess.start("", FetchingProcess.class, server.endpoint(), cache, "tiny/model");
    }
}
