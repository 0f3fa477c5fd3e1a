package ffmerge.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Interrupted;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.fixture.HubServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A hub that is slow, broken, forbidding or hostile. */
@Timeout(120)
class HubTroubleTest {
    private static final String SECRET = "hf_verySecretToken";
    private static final byte[] WEIGHTS = "w".repeat(5000).getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path folder;

    private Path cache;
    private HubServer server;
    private Hub hub;

    @BeforeEach
    void startServer() {
        cache = folder.resolve("cache");
        server = new HubServer(0);
        server.model("tiny/model", HubServer.sample());
        hub = hub(Optional.empty());
    }

    private Hub hub(Optional<AccessToken> token) {
        return new Hub(
                new HubSettings(server.endpoint(), cache, token, false, Duration.ofMillis(1000), Duration.ofMillis(2)));
    }

    private Hub knownHub() {
        return hub(AccessToken.of(SECRET, "test"));
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    private Path load() {
        return hub.model("tiny/model", Hub.MAIN, Progress.NONE).folder();
    }

    private String refusal() {
        return assertThrows(UserError.class, this::load).getMessage();
    }

    private String host() {
        return "the hub localhost:" + server.endpoint().getPort();
    }

    private void assertWeightsAreWhole() throws IOException {
        assertEquals(new String(WEIGHTS), Files.readString(load().resolve("model.safetensors")));
        try (Stream<Path> blobs = Files.list(cache.resolve("models--tiny--model/blobs"))) {
            assertEquals(
                    List.of(),
                    blobs.filter(b -> b.toString().endsWith("incomplete")).toList());
        }
    }

    private Path incomplete() {
        return new RepoCache(new RepoId(RepoId.Kind.MODEL, "tiny/model"), cache)
                .incomplete(HubServer.hash("SHA-256", WEIGHTS));
    }

    private static HubServer.Trouble status(int status) {
        return exchange -> {
            exchange.sendResponseHeaders(status, -1);
            return true;
        };
    }

    /** Announces everything from the first byte on and sends a part. */
    private static HubServer.Trouble cutAfter(int bytes) {
        return exchange -> {
            exchange.sendResponseHeaders(200, WEIGHTS.length);
            exchange.getResponseBody().write(WEIGHTS, 0, bytes);
            exchange.getResponseBody().flush();
            return true;
        };
    }

    @Test
    void serversInTroubleAreAskedAgain() throws IOException {
        server.troubles.addAll(List.of(status(503), status(500), status(429), status(502)));
        server.downloadTroubles.addAll(List.of(status(503), status(429)));
        assertWeightsAreWhole();
    }

    @Test
    void afterSomeAttemptsItIsEnough() {
        for (int i = 0; i < 5; i++) {
            server.troubles.add(status(503));
        }
        assertEquals(
                host() + " can't be reached: it answers 503; try again later, or set HF_HUB_OFFLINE=1 to use what is in"
                        + " the cache",
                refusal());
    }

    @Test
    void theServerSaysHowLongToWait() {
        server.troubles.add(exchange -> {
            exchange.getResponseHeaders().set("Retry-After", "1");
            return status(429).meet(exchange);
        });
        long start = System.nanoTime();
        load();
        assertTrue(System.nanoTime() - start > 900_000_000);
        server.troubles.add(exchange -> {
            exchange.getResponseHeaders().set("Retry-After", "3600");
            return status(429).meet(exchange);
        });
        cache = folder.resolve("other");
        hub = hub(Optional.empty());
        assertEquals(host() + " has had too many requests and asks to wait for 61 minutes; try again then", refusal());
    }

    @Test
    void aBrokenDownloadGoesOnWhereItStopped() throws IOException {
        server.downloadTroubles.add(cutAfter(1234));
        server.asked.clear();
        assertWeightsAreWhole();
        assertEquals(List.of("bytes=1234-"), server.downloads().get(1).headers().get("Range"));
    }

    @Test
    void aDownloadThatBrokeOffInAnotherProcessGoesOn() throws IOException {
        Files.createDirectories(incomplete().getParent());
        Files.write(incomplete(), new String(WEIGHTS).substring(0, 4000).getBytes());
        assertWeightsAreWhole();
        assertEquals(List.of("bytes=4000-"), server.downloads().get(0).headers().get("Range"));
    }

    @Test
    void aServerWithoutRangesSendsAllAgain() throws IOException {
        Files.createDirectories(incomplete().getParent());
        Files.write(incomplete(), new byte[4000]);
        server.downloadTroubles.add(cutAfter(5000));
        assertWeightsAreWhole();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4999, 5000, 6000})
    void aBeginningThatIsAnotherFilesIsThrownAway(int length) throws IOException {
        Files.createDirectories(incomplete().getParent());
        Files.write(incomplete(), new byte[length]);
        assertWeightsAreWhole();
    }

    @Test
    void otherBytesThanAnnounced() throws IOException {
        server.repos.get("models/tiny/model").etags.put("model.safetensors", "0".repeat(64));
        assertEquals(
                "model.safetensors came with other bytes than the hub announced: it was damaged or changed on its way;"
                        + " nothing of it was kept, try again",
                refusal());
        try (Stream<Path> blobs = Files.list(cache.resolve("models--tiny--model/blobs"))) {
            assertEquals(
                    List.of(),
                    blobs.filter(b -> b.getFileName().toString().startsWith("0000"))
                            .toList());
        }
        assertFalse(Files.exists(cache.resolve("models--tiny--model/refs/main")));
    }

    @Test
    void aSmallFileWithAnotherHash() {
        server.repos.get("models/tiny/model").etags.put("config.json", "0".repeat(40));
        assertTrue(refusal().startsWith("config.json came with other bytes"));
    }

    @Test
    void moreBytesThanAnnounced() {
        server.downloadTroubles.add(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(new byte[100_000]);
            return true;
        });
        assertEquals("the hub sends more of model.safetensors than the 5000 bytes it announced", refusal());
    }

    @Test
    void aServerThatFallsSilentIsLeft() throws IOException {
        server.downloadTroubles.add(exchange -> {
            exchange.sendResponseHeaders(200, WEIGHTS.length);
            exchange.getResponseBody().write(WEIGHTS, 0, 100);
            exchange.getResponseBody().flush();
            sleep(Duration.ofSeconds(4));
            return true;
        });
        assertWeightsAreWhole();
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void anInterruptStopsTheDownloadAndKeepsWhatCame() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        server.downloadTroubles.add(exchange -> {
            exchange.sendResponseHeaders(200, WEIGHTS.length);
            exchange.getResponseBody().write(WEIGHTS, 0, 100);
            exchange.getResponseBody().flush();
            begun.countDown();
            sleep(Duration.ofSeconds(4));
            return true;
        });
        AtomicReference<Throwable> end = new AtomicReference<>();
        Thread cell = new Thread(() -> {
            try {
                load();
            } catch (RuntimeException e) {
                end.set(e);
            }
        });
        cell.start();
        assertTrue(begun.await(5, TimeUnit.SECONDS));
        Thread.sleep(200);
        cell.interrupt();
        cell.join(1000);
        assertInstanceOf(Interrupted.class, end.get());
        assertEquals(100, Files.size(incomplete()));
        assertWeightsAreWhole();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "401 | GatedRepo | no  | the model tiny/model is open only to those who accept its conditions: do so at ENDPOINT/tiny/model, and set HF_TOKEN to a token of that account",
                "403 | GatedRepo | yes | the model tiny/model is open only to those who accept its conditions: do so at ENDPOINT/tiny/model with the account that your token is of, and wait until it is granted",
                "401 | RepoNotFound | no | HOST has no model tiny/model that you may read; check the spelling, or set HF_TOKEN to a token if it is private",
                "404 | RepoNotFound | yes | HOST has no model tiny/model that you may read; check the spelling",
                "404 | RevisionNotFound | no | the model tiny/model has no revision 'main'; name a branch, a tag or a commit of it",
                "401 | '' | yes | HOST does not accept your token; set HF_TOKEN to a new one, or log out to fetch what is public",
                "403 | '' | yes | the model tiny/model may not be read with your token; give it the right to read this repository",
                "418 | '' | no | HOST answers 418 when asked for the model tiny/model"
            })
    void refusalsSayWhatToDo(int status, String code, String known, String message) {
        if (known.equals("yes")) {
            hub = knownHub();
        }
        server.troubles.add(exchange -> HubServer.error(exchange, status, code));
        assertEquals(message.replace("ENDPOINT", server.endpoint().toString()).replace("HOST", host()), refusal());
    }

    @Test
    void aFileThatIsListedButNotThere() {
        HubServer.Repo repo = server.repos.get("models/tiny/model");
        repo.evilNames.add("merges.txt");
        assertEquals("the model tiny/model has no file merges.txt at revision " + HubServer.COMMIT, refusal());
        assertTrue(Files.exists(cache.resolve("models--tiny--model/.no_exist/" + HubServer.COMMIT + "/merges.txt")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../evil.spm",
                "..\\..\\evil.spm",
                "/tmp/evil.spm",
                "C:\\evil.spm",
                "a\\..\\evil.spm",
                "evil\0.spm",
                "..",
                ".",
                "/etc/evil.spm",
                "\\\\host\\evil.spm",
                "evil.spm:stream.spm",
                "con.evil.spm",
                "NUL.evil.spm",
                "COM1.evil.spm",
                "lpt9.evil.spm",
                "evil.spm ",
                "evil\n.spm",
                "~evil|.spm"
            })
    void namesThatLeadOutOfTheCache(String name) throws IOException {
        HubServer.Repo repo = server.repos.get("models/tiny/model");
        repo.evilNames.add(name);
        repo.file(name, "evil");
        try {
            load();
        } catch (UserError e) {
            assertEquals(
                    "the model tiny/model names '" + name.replaceAll("\\p{Cntrl}+", " ")
                            + "', which could lead out of the cache; it is not fetched",
                    e.getMessage());
        }
        try (Stream<Path> all = Files.walk(folder)) {
            assertEquals(
                    List.of(), all.filter(f -> f.toString().contains("evil")).toList());
        }
    }

    @Test
    void shardsThatLeadOutOfTheCache() {
        HubServer.Repo repo = server.model("tiny/sharded", new HubServer.Repo());
        repo.file("config.json", "{}");
        repo.file("model.safetensors.index.json", "{\"weight_map\":{\"a\":\"../../../../evil\"}}");
        assertEquals(
                "the model tiny/sharded names '../../../../evil', which could lead out of the cache; it is not fetched",
                assertThrows(UserError.class, () -> hub.model("tiny/sharded", Hub.MAIN, Progress.NONE))
                        .getMessage());
    }

    @Test
    void hashesAndCommitsThatLeadOutOfTheCache() {
        server.repos.get("models/tiny/model").etags.put("config.json", "../../../evil");
        assertEquals("the hub gives no hash of config.json; does HF_ENDPOINT name a hub?", refusal());
        server.repos.get("models/tiny/model").commit = "../../../../evil";
        assertEquals("the hub's list of the model tiny/model is none; does HF_ENDPOINT name a hub?", refusal());
    }

    @Test
    void revisionsAndIdsThatLeadOutOfTheCache() {
        for (String revision : List.of("../x", "a/../../x", "/x", "a\\b", "", "a//b")) {
            assertThrows(UserError.class, () -> hub.model("tiny/model", revision, Progress.NONE), revision);
        }
        for (String id : List.of("../x", "a/..", "a/b/c", "a--b/c", "/a", "a/", "a b", "", ".", "..", "a/b.git")) {
            assertFalse(Hub.isId(id), id);
            assertThrows(UserError.class, () -> hub.model(id, Hub.MAIN, Progress.NONE), id);
        }
        assertEquals(List.of(), server.asked);
    }

    @Test
    void aLinkInPlaceOfASnapshotIsNotFollowed() throws IOException {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Path snapshots = Files.createDirectories(cache.resolve("models--tiny--model/snapshots"));
        Files.createSymbolicLink(snapshots.resolve(HubServer.COMMIT), outside);
        assertEquals(
                snapshots.resolve(HubServer.COMMIT) + " is a link that leads out of the cache; remove it", refusal());
        try (Stream<Path> files = Files.list(outside)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void theTokenGoesToTheHubAlone() {
        hub = knownHub();
        load();
        assertTrue(server.asked.stream().anyMatch(HubServer.Asked::storage));
        for (HubServer.Asked asked : server.asked) {
            assertEquals(
                    asked.storage() ? null : "Bearer " + SECRET,
                    asked.headers().getFirst("Authorization"),
                    asked.toString());
        }
    }

    @Test
    void theTokenDoesNotComeBackFromADetour() {
        hub = knownHub();
        server.asked.clear();
        server.downloadTroubles.add(exchange -> {
            exchange.getResponseHeaders().set("Location", server.endpoint() + "/tiny/model/resolve/x/../../steal");
            exchange.sendResponseHeaders(302, -1);
            return true;
        });
        try {
            load();
        } catch (UserError e) {
            // the detour ends nowhere
        }
        List<HubServer.Asked> stolen =
                server.asked.stream().filter(a -> a.path().contains("steal")).toList();
        assertFalse(stolen.isEmpty());
        stolen.forEach(asked -> assertEquals(null, asked.headers().getFirst("Authorization")));
    }

    @Test
    void noMessageTellsTheToken() {
        hub = knownHub();
        for (int i = 0; i < 5; i++) {
            server.troubles.add(status(503));
        }
        assertUntold(assertThrows(UserError.class, this::load));
        server.troubles.add(exchange -> HubServer.error(exchange, 403, "GatedRepo"));
        assertUntold(assertThrows(UserError.class, this::load));
        for (int i = 0; i < 5; i++) {
            server.downloadTroubles.add(status(403)); // a signed address that expired
        }
        server.close();
        assertUntold(assertThrows(UserError.class, this::load));
        assertUntold(assertThrows(UserError.class, () -> AccessToken.of(SECRET + "\n" + SECRET, "HF_TOKEN")));
        assertEquals("***", AccessToken.of(SECRET, "").orElseThrow().toString());
        HubSettings settings = new HubSettings(
                server.endpoint(), cache, AccessToken.of(SECRET, ""), false, Duration.ZERO, Duration.ZERO);
        assertFalse(settings.toString().contains(SECRET));
    }

    private static void assertUntold(Throwable error) {
        StringWriter trace = new StringWriter();
        error.printStackTrace(new PrintWriter(trace));
        assertFalse(trace.toString().contains(SECRET), trace.toString());
        assertFalse(trace.toString().contains("Signature"), trace.toString());
    }

    @Test
    void redirectsWithoutEnd() {
        HubServer.Trouble around = exchange -> {
            exchange.getResponseHeaders()
                    .set("Location", exchange.getRequestURI().toString());
            exchange.sendResponseHeaders(307, -1);
            return true;
        };
        for (int i = 0; i < 20; i++) {
            server.troubles.add(around);
        }
        assertEquals(host() + " sends from address to address without an end", refusal());
    }

    @Test
    void aModelThatWasRenamed() throws IOException {
        server.repos.put("models/new/name", server.repos.get("models/tiny/model"));
        server.troubles.add(exchange -> {
            exchange.getResponseHeaders().set("Location", "/api/models/new/name/revision/main");
            exchange.sendResponseHeaders(307, -1);
            return true;
        });
        assertWeightsAreWhole();
    }

    @Test
    void redirectsThatAreNotFollowed() {
        URI from = URI.create("https://hub.example.org/tiny/model");
        assertEquals(
                "https://hub.example.org/a",
                HubHttp.target(from, "/a", "the hub").toString());
        assertEquals(
                "https://cdn.example.org/a",
                HubHttp.target(from, "//cdn.example.org/a", "the hub").toString());
        assertEquals(
                "the hub sends from https to http on cdn.example.org, which is not followed",
                assertThrows(UserError.class, () -> HubHttp.target(from, "http://cdn.example.org/a?Sig=x", "the hub"))
                        .getMessage());
        for (String location : List.of(
                "",
                "file:///etc/passwd",
                "ftp://a/b",
                "http://",
                "https:x",
                "javascript:1",
                "https://a b/",
                "http://[",
                "%%")) {
            assertEquals(
                    "the hub sends to an address that is none",
                    assertThrows(UserError.class, () -> HubHttp.target(from, location, "the hub"), location)
                            .getMessage());
        }
    }

    private HubServer.Trouble body(String text) {
        return exchange -> {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            return true;
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"<html>Log in to this network</html>", "{\"sha\": \"", "nil", "[[[", "{\"a\":1}}", "\0\0"})
    void answersThatAreNoJson(String text) {
        server.troubles.add(body(text));
        String message = refusal();
        // what stands behind a whole value is not read
        assertTrue(
                message.startsWith("localhost answers with something that is no hub's list")
                        || message.startsWith("the hub's list of the model tiny/model is none"),
                message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "3",
                "{}",
                "{\"sha\": 5, \"siblings\": []}",
                "{\"sha\": [\"0123456789abcdef0123456789abcdef01234567\"]}",
                "{\"sha\": \"0123456789ABCDEF0123456789ABCDEF01234567\"}",
                "{\"sha\": \"0123456789abcdef0123456789abcdef01234567/../..\"}"
            })
    void jsonThatIsNoList(String text) {
        server.troubles.add(body(text));
        assertEquals("the hub's list of the model tiny/model is none; does HF_ENDPOINT name a hub?", refusal());
    }

    @Test
    void listsWithOddEntries() {
        String sha = "{\"sha\": \"" + HubServer.COMMIT + "\", \"siblings\": ";
        for (String siblings : List.of("7", "{\"a\": 1}", "[null, 3, [], {}, {\"rfilename\": 9}]", "\"config.json\"")) {
            server.troubles.add(body(sha + siblings + "}"));
            assertEquals(
                    "the model tiny/model has no config.json, so it is no Transformer in Hugging Face layout",
                    refusal());
        }
        server.troubles.add(body("[".repeat(100_000)));
        assertTrue(refusal().startsWith("localhost answers with something that is no hub's list"));
    }

    /** Whatever a hub answers, the user gets a line, and no file lies outside of the cache. */
    @Test
    void listsAndIndexesWithBytesChangedByChance() throws IOException {
        SplittableRandom random = new SplittableRandom(7);
        String list = "{\"sha\": \"" + HubServer.COMMIT + "\", \"siblings\": [{\"rfilename\": \"config.json\"},"
                + " {\"rfilename\": \"../source.spm\"}, {\"rfilename\": \"model.safetensors.index.json\"}]}";
        String index = "{\"weight_map\": {\"a\": \"model.safetensors\", \"b\": \"onnx/model.onnx\"}}";
        int refused = 0;
        for (int round = 0; round < 60; round++) {
            HubServer.Repo repo = HubServer.sample();
            repo.file("model.safetensors.index.json", changed(index, random));
            server.model("tiny/model", repo);
            cache = folder.resolve("cache" + round);
            hub = hub(Optional.empty());
            server.troubles.clear();
            server.troubles.add(body(new String(changed(list, random), StandardCharsets.ISO_8859_1)));
            try {
                load();
            } catch (UserError e) {
                assertFalse(e.getMessage().contains("Exception"), e.getMessage());
                refused++;
            }
        }
        assertTrue(refused > 20, refused + " refused");
        try (Stream<Path> all = Files.list(folder)) {
            assertTrue(all.allMatch(f -> f.getFileName().toString().startsWith("cache")));
        }
    }

    private static byte[] changed(String text, SplittableRandom random) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = random.nextInt(4); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    @Test
    void headersWithoutMeasure() {
        for (int i = 0; i < 6; i++) {
            server.troubles.add(exchange -> {
                exchange.getResponseHeaders().set("X-Error-Message", "x".repeat(2 << 20));
                return body("{}").meet(exchange);
            });
        }
        String message = refusal();
        assertTrue(message.startsWith(host()) || message.startsWith("the hub's list"), message);
        assertTrue(message.length() < 500, message);
    }

    @Test
    void errorMessagesAreQuotedInPart() {
        server.troubles.add(exchange -> {
            exchange.getResponseHeaders().set("X-Error-Message", "so " + "long ".repeat(1000));
            return status(403).meet(exchange);
        });
        assertTrue(refusal().length() < 400);
    }

    /** A HEAD that tells of fewer bytes than come, or of more. */
    @Test
    void lengthsThatAreLies() {
        server.repos.get("models/tiny/model").linkedSize = "100";
        assertEquals("the hub sends more of model.safetensors than the 100 bytes it announced", refusal());
        server.repos.get("models/tiny/model").linkedSize = "6000";
        cache = folder.resolve("more");
        hub = hub(Optional.empty());
        assertEquals(
                "the hub keeps sending other parts of model.safetensors than asked for, or fewer than it announced; try"
                        + " again later",
                refusal());
        server.repos.get("models/tiny/model").linkedSize = "900000000000000000";
        String message = refusal();
        assertTrue(message.contains("is too full for model.safetensors"), message);
        server.repos.get("models/tiny/model").linkedSize = "-5";
        cache = folder.resolve("less");
        hub = hub(Optional.empty());
        load(); // no length at all; the hash decides
    }

    /** The file changes on the server between the two halves of a download. */
    @Test
    void aFileThatChangesBetweenRanges() {
        server.downloadTroubles.add(cutAfter(3000));
        server.downloadTroubles.add(exchange -> {
            server.repos.get("models/tiny/model").file("model.safetensors", "v".repeat(5000));
            return false;
        });
        String message = refusal();
        assertTrue(message.startsWith("model.safetensors came with other bytes than the hub announced"), message);
        assertFalse(Files.exists(incomplete()));
    }

    /** Where the hub's hash is none that can be checked, halves of two files must not become one. */
    @Test
    void aFileWithoutAHashIsNotResumed() throws IOException {
        server.repos.get("models/tiny/model").etags.put("model.safetensors", "version-1");
        Path beginning = new RepoCache(new RepoId(RepoId.Kind.MODEL, "tiny/model"), cache).incomplete("version-1");
        Files.createDirectories(beginning.getParent());
        Files.write(beginning, new byte[4000]);
        assertEquals(new String(WEIGHTS), Files.readString(load().resolve("model.safetensors")));
    }

    /** A system's limit on files stands for a disk that is full. */
    @Test
    void aFullDiskKeepsWhatCame() throws Exception {
        byte[] large = new byte[3 << 20];
        new Random(1).nextBytes(large);
        server.repos.get("models/tiny/model").file("model.safetensors", large);
        Path incomplete = new RepoCache(new RepoId(RepoId.Kind.MODEL, "tiny/model"), cache)
                .incomplete(HubServer.hash("SHA-256", large));
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(
                        "bash",
                        "-c",
                        "ulimit -f 1024; exec \"$@\"",
                        "bash",
                        java,
                        "-XX:-UsePerfData",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FetchingProcess.class.getName(),
                        server.endpoint().toString(),
                        cache.toString(),
                        "tiny/model")
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(1, process.waitFor(), said);
        assertEquals(
                "cannot write " + incomplete
                        + ": File too large; what has come of model.safetensors is kept: make room,"
                        + " or let HF_HUB_CACHE name a folder elsewhere, and run it again",
                said);
        assertEquals(1 << 20, Files.size(incomplete));
        server.asked.clear();
        load();
        assertEquals(
                List.of("bytes=1048576-"), server.downloads().get(0).headers().get("Range"));
    }
}
