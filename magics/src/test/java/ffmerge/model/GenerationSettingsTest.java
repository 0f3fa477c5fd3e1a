package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.data.SentencePair;
import ffmerge.data.TranslationBatch;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.generate.GenerationReader;
import ffmerge.generate.GenerationSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every setting that changes a text does so as in transformers; generation/generate.py made what is compared with. */
class GenerationSettingsTest {
    @TempDir
    private Path folder;

    private static JsonNode expected(String name) throws Exception {
        Path file = new SmallCheckpoint("generation").folder().resolve("expected.json");
        return new ObjectMapper().readTree(file.toFile()).get(name);
    }

    private static TransformerModel load(String name) {
        return TransformerModel.load(new SmallCheckpoint("generation/" + name).folder(), Device.cpu(), Progress.NONE);
    }

    private GenerationSettings read(TransformerModel model, String settings) throws Exception {
        Files.writeString(folder.resolve("generation_config.json"), settings);
        return model instanceof Decoder decoder
                ? GenerationReader.ofDecoder(
                        folder, model.architecture().config(), decoder.context(), decoder.vocabulary())
                : GenerationReader.ofTranslator(
                        folder,
                        model.architecture().config(),
                        ((EncoderDecoder) model).positions(),
                        64,
                        ((EncoderDecoder) model).vocabulary());
    }

    private static List<int[]> generated(TransformerModel model, List<int[]> given, GenerationSettings settings) {
        try (NDManager scope = model.newScope()) {
            if (model instanceof Decoder decoder) {
                return decoder.generate(given, settings, scope);
            }
            TranslationBatch batch = new TranslationBatch(given.stream()
                    .map(row -> new SentencePair(0, "", "", row, new int[] {0}))
                    .toList());
            return ((EncoderDecoder) model).translate(model.embed(batch, Pass.inference(scope)), settings, scope);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "marian"})
    void textsAreThoseOfTransformers(String name) throws Exception {
        JsonNode expected = expected(name);
        List<int[]> given = List.of(new ObjectMapper().treeToValue(expected.get("given"), int[][].class));
        try (TransformerModel model = load(name)) {
            for (JsonNode each : expected.get("generated")) {
                GenerationSettings settings = read(model, each.get("settings").toString());
                int[][] right = new ObjectMapper().treeToValue(each.get("outputs"), int[][].class);
                List<int[]> together = generated(model, given, settings);
                for (int row = 0; row < right.length; row++) {
                    String what = each.get("settings") + ", row " + row;
                    assertArrayEquals(right[row], together.get(row), what);
                    assertArrayEquals(
                            right[row],
                            generated(model, List.of(given.get(row)), settings).get(0),
                            what + " alone");
                }
            }
        }
    }

    /** Unfinished work is found again by them: an object's own name would be another in each kernel. */
    @ParameterizedTest
    @ValueSource(strings = {"llama", "marian"})
    void settingsThatAreTheSameReadTheSame(String name) throws Exception {
        Set<String> all = new HashSet<>();
        JsonNode cases = expected(name).get("generated");
        try (TransformerModel model = load(name)) {
            for (JsonNode each : cases) {
                String settings = each.get("settings").toString();
                String words = read(model, settings).toString();
                assertEquals(words, read(model, settings).toString());
                all.add(words);
            }
        }
        assertTrue(all.size() > cases.size() / 2, "others read otherwise, but for a few that mean the same");
    }

    @Test
    void settingsOfAnOldConfigCountWhereThereIsNoOtherFile() throws Exception {
        try (TransformerModel model = load("marian")) {
            GenerationSettings own = GenerationReader.ofTranslator(
                    null, model.architecture().config().with("num_beams", 6).with("max_length", 30), 200, 64, 536);
            assertEquals(6, own.beams());
            assertEquals(30, own.maxLength());
            GenerationSettings none =
                    GenerationReader.ofTranslator(null, model.architecture().config(), 200, 64, 536);
            assertEquals(1, none.beams(), "as transformers does");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        "force_words_ids":[[3]]                   | 'force_words_ids' is [[3]], by which texts are not generated here
        "num_beam_groups":2                       | 'num_beam_groups' is 2, by which
        "diversity_penalty":0.5                   | 'diversity_penalty' is 0.5, by which
        "stop_strings":["."]                      | 'stop_strings' is ["."], by which
        "guidance_scale":2.0                      | 'guidance_scale' is 2.0, by which
        "num_beams":2000000000                    | 'num_beams' is 2000000000, too large to be true
        "num_beams":0                             | 'num_beams' should be a positive whole number, is 0
        "repetition_penalty":0                    | 'repetition_penalty' should be above 0, is 0.0
        "repetition_penalty":"much"               | 'repetition_penalty' should be a number, is "much"
        "bad_words_ids":[[5],[999999]]            | 'bad_words_ids' names the token 999999, the vocabulary has 0 to 399
        "bad_words_ids":[5]                       | 'bad_words_ids' should hold lists of tokens, is [5]
        "bad_words_ids":[[]]                      | 'bad_words_ids' should hold lists of tokens, is [[]]
        "eos_token_id":-1                         | 'eos_token_id' names the token -1, the vocabulary has 0 to 399
        "early_stopping":"soon"                   | 'early_stopping' should be true, false or "never", is "soon"
        "sequence_bias":[[[5],"x"]]               | 'sequence_bias' should hold lists of tokens, each with a number
        "exponential_decay_length_penalty":[3]    | 'exponential_decay_length_penalty' should hold a whole number and a factor
        "no_repeat_ngram_size":-2                 | 'no_repeat_ngram_size' should be a positive whole number, is -2
        """)
    void whatCannotBeOrIsNotDoneIsRefusedByName(String setting, String message) throws Exception {
        try (TransformerModel model = load("llama")) {
            UserError error = assertThrows(UserError.class, () -> read(model, "{" + setting + "}"));
            String shown = error.getMessage().replace(folder.resolve("generation_config.json") + ": ", "");
            assertTrue(shown.startsWith(message), shown);
        }
    }

    @Test
    void whatIsSaidAndNotDoneIsNamed() throws Exception {
        try (TransformerModel model = load("llama")) {
            List<String> notices = read(model, "{\"do_sample\":true,\"temperature\":0.6,\"repetition_penality\":1.2}")
                    .notices();
            assertEquals(3, notices.size());
            assertTrue(notices.get(0).contains("'repetition_penality' isn't known here"), notices.get(0));
            assertTrue(notices.get(1).contains("names no 'eos_token_id'"), notices.get(1));
            assertTrue(notices.get(2).contains("'do_sample'"), notices.get(2));
        }
    }

    @Test
    void aPromptAsLongAsAllMayBeIsRefused() throws Exception {
        try (TransformerModel model = load("llama")) {
            GenerationSettings settings = read(model, "{\"eos_token_id\":0,\"max_length\":5}");
            UserError error =
                    assertThrows(UserError.class, () -> generated(model, List.of(new int[] {9, 8, 7, 6, 5}), settings));
            assertTrue(error.getMessage().contains("'max_length' is 5"), error.getMessage());
        }
    }
}
