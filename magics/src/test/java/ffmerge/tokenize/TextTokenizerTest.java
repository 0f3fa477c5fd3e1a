package ffmerge.tokenize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import ffmerge.fixture.Cases;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens are those of transformers; resources/tokenizer/generate.py made files and values. */
class TextTokenizerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNode EXPECTED = resource("expected.json");

    @TempDir
    private Path folder;

    private static JsonNode resource(String name) {
        try (InputStream in = TextTokenizerTest.class.getResourceAsStream("/tokenizer/" + name)) {
            return JSON.readTree(in);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Stream<String> names(String kind) {
        return EXPECTED.get(kind).properties().stream().map(e -> e.getKey());
    }

    static Stream<String> models() {
        return names("models");
    }

    static Stream<String> beside() {
        return names("beside");
    }

    static Stream<String> classes() {
        return names("classes");
    }

    private TextTokenizer load(JsonNode tokenizer) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), tokenizer.toString());
        return TextTokenizer.load(folder);
    }

    private static JsonNode base() throws IOException {
        return JSON.readTree(Cases.file("base/llama/tokenizer.json").toFile());
    }

    private static int[] ids(JsonNode ids) {
        return StreamSupport.stream(ids.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }

    private static void assertTokens(JsonNode samples, TextTokenizer tokenizer) {
        for (JsonNode sample : samples) {
            String text = sample.get("text").asText();
            int[] ids = tokenizer.encode(List.of(text), true).get(0).ids();
            assertArrayEquals(ids(sample.get("ids")), ids, text);
            assertArrayEquals(
                    ids(sample.get("plain")),
                    tokenizer.encode(List.of(text), false).get(0).ids(),
                    text);
            assertEquals(sample.get("decoded").asText(), tokenizer.decode(ids, true), text);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyModelOfTheLibrarys(String model) throws IOException {
        try (TextTokenizer tokenizer = load(resource(model + ".json"))) {
            assertTokens(EXPECTED.get("models").get(model), tokenizer);
        }
    }

    @ParameterizedTest
    @MethodSource("beside")
    void tokensOfFilesBeside(String name) throws IOException {
        assertTokensBeside(base(), EXPECTED.get("beside").get(name));
    }

    @ParameterizedTest
    @MethodSource("classes")
    void aClassHasRulesOfItsOwn(String name) throws IOException {
        JsonNode given = EXPECTED.get("classes").get(name);
        String kind = given.get("tokenizer").asText();
        JsonNode json = kind.equals("llama") ? resource("llama.json") : base();
        if (kind.equals("space")) {
            ((ObjectNode) json.get("pre_tokenizer")).put("add_prefix_space", true);
        }
        assertTokensBeside(json, given);
    }

    private void assertTokensBeside(JsonNode tokenizer, JsonNode given) throws IOException {
        for (var file : given.get("files").properties()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue().toString());
        }
        try (TextTokenizer loaded = load(tokenizer)) {
            assertTokens(given.get("tokens"), loaded);
        }
    }

    /** Where a text is cut, its pieces' tokens are those of the whole; where that can't be shown, it isn't cut. */
    @ParameterizedTest
    @ValueSource(strings = {"wordpiece", "unigram", "llama", "wordlevel", "split", "base", "lines"})
    void piecesHaveTheTokensOfTheWhole(String model) throws IOException {
        JsonNode json = model.equals("base") || model.equals("lines") ? base() : resource(model + ".json");
        if (model.equals("lines")) {
            ((ObjectNode) json)
                    .withArray("added_tokens")
                    .add(AddedToken.special("end\nof").json(1000));
        }
        String line =
                "The end\nof it,\u00a0\n 'twas cafe\u0301!\n\u0301and 12 34\r\n\n\tit's\u2028so\n<|endoftext|>\nend\n";
        String text = line.repeat(200_000 / line.length());
        try (TextTokenizer tokenizer = load(json)) {
            List<String> pieces = IntStream.iterate(0, i -> i < text.length(), i -> tokenizer.pieceEnd(text, i))
                    .mapToObj(i -> text.substring(i, tokenizer.pieceEnd(text, i)))
                    .toList();
            assertEquals(model.equals("base") || model.equals("split"), pieces.size() > 1);
            assertArrayEquals(
                    tokenizer.encode(List.of(text), false).get(0).ids(),
                    tokenizer.encode(pieces, false).stream()
                            .flatMapToInt(piece -> IntStream.of(piece.ids()))
                            .toArray());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"added_tokens_decoder\":{\"x\":{\"content\":\"a\"}}}",
                "{\"added_tokens_decoder\":{\"400\":\"a\"}}",
                "{\"added_tokens_decoder\":[]}",
                "{\"added_tokens_decoder\":{\"400\":{\"content\":\"a\",\"lstrip\":1}}}",
                "{\"added_tokens_decoder\":{\"400\":{\"content\":\"\\ud800\"}}}",
                "{\"eos_token\":7}",
                "{\"extra_special_tokens\":7}",
                "{\"extra_special_tokens\":[null]}",
                "{\"split_special_tokens\":true}",
                "{\"tokenizer_class\":\"GPT2Tokenizer\",\"add_prefix_space\":\"yes\"}",
                "[]"
            })
    void filesBesideThatAreDamaged(String config) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), config);
        String message = assertThrows(UserError.class, () -> load(base())).getMessage();
        assertTrue(message.startsWith(folder.toString()), message);
    }

    @Test
    void aTokenWithoutEndIsRefused() throws IOException {
        ObjectNode json = (ObjectNode) base();
        json.withArray("added_tokens")
                .add(AddedToken.special("a".repeat(100_000)).json(400));
        assertEquals(
                folder.resolve("tokenizer.json")
                        + ": 'added_tokens[2].content' has 100,000 characters, too many to be true",
                assertThrows(UserError.class, () -> load(json)).getMessage());
    }

    @Test
    void nestingWithoutEndIsRefused() throws IOException {
        for (int depth : new int[] {100, 100_000}) {
            Files.writeString(
                    folder.resolve("tokenizer.json"), "{\"a\":" + "[".repeat(depth) + "]".repeat(depth) + "}");
            String message = assertThrows(UserError.class, () -> TextTokenizer.load(folder))
                    .getMessage();
            assertTrue(message.contains("nested too deeply"), message);
        }
    }

    /** A panic of the library ends its process; this one, and other tokenizers, go on. */
    @Test
    void whatEndsTheLibraryEndsNothingElse() throws IOException {
        ObjectNode json = (ObjectNode) base();
        json.set("decoder", JSON.readTree("{\"type\":\"Strip\",\"content\":\"a\",\"start\":1,\"stop\":3}"));
        try (TextTokenizer tokenizer = load(json)) {
            int[] ids = tokenizer.encode(List.of("a"), false).get(0).ids();
            String message = assertThrows(UserError.class, () -> tokenizer.decode(ids, false))
                    .getMessage();
            assertTrue(message.startsWith(folder.resolve("tokenizer.json").toString()), message);
            assertArrayEquals(ids, tokenizer.encode(List.of("a"), false).get(0).ids());
        }
    }

    /** Each process costs memory of its own. */
    @Test
    void oneProcessHoldsTokenizersThatAreInUseTogether() throws IOException {
        Set<Long> before = processes();
        try (TextTokenizer tokenizer = load(base())) {
            int[] ids = tokenizer.encode(List.of("the day"), false).get(0).ids();
            try (TextTokenizer same = TextTokenizer.load(folder);
                    TextTokenizer other = load(resource("wordpiece.json"))) {
                int[] others = other.encode(List.of("the day"), false).get(0).ids();
                assertFalse(Arrays.equals(ids, others));
                assertArrayEquals(
                        ids, same.encode(List.of("the day"), false).get(0).ids());
                Set<Long> started = processes();
                started.removeAll(before);
                assertTrue(started.size() <= 1, started + " beside " + before);
            }
            assertArrayEquals(
                    ids, tokenizer.encode(List.of("the day"), false).get(0).ids());
        }
    }

    /** A process that nobody asks for a while is given back, with tokenizers that are still held, asked again, or closed. */
    @Test
    void tokenizersOutliveTheirProcess() throws IOException {
        try (TextTokenizer tokenizer = load(base())) {
            int[] ids = tokenizer.encode(List.of("the day"), false).get(0).ids();
            TokenizerProcess.SHARED.giveBack();
            assertArrayEquals(
                    ids, tokenizer.encode(List.of("the day"), false).get(0).ids());
            TokenizerProcess.SHARED.giveBack();
        }
    }

    /** Those that hold tokenizers. */
    private static Set<Long> processes() {
        String server = TokenizerServer.class.getName();
        return ProcessHandle.current()
                .children()
                .filter(child -> child.info().commandLine().orElse("").contains(server))
                .map(ProcessHandle::pid)
                .collect(Collectors.toSet());
    }

    @Test
    void workThatIsInterruptedStopsAndCanBeAskedForAgain() throws IOException {
        try (TextTokenizer tokenizer = load(base())) {
            int[] ids = tokenizer.encode(List.of("the day"), false).get(0).ids();
            String book = "the day ".repeat(200_000);
            Thread.currentThread().interrupt();
            assertThrows(CancellationException.class, () -> tokenizer.encode(List.of(book), false));
            assertArrayEquals(
                    ids, tokenizer.encode(List.of("the day"), false).get(0).ids());
        }
    }
}
