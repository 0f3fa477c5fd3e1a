package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.generate.GenerationSettings;
import ffmerge.generate.ScoreRules;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gated decoders go on with prompts token for token as transformers' generate; resources/gated/generation.py made the values. */
class GenerationAgreementTest {
    private static Path stored(String name) throws Exception {
        return Path.of(
                GenerationAgreementTest.class.getResource("/gated/" + name).toURI());
    }

    private static JsonNode expected(String name) throws Exception {
        return new ObjectMapper().readTree(stored("generation.json").toFile()).get(name);
    }

    private static List<int[]> rows(JsonNode json) throws IOException {
        return List.of(new ObjectMapper().treeToValue(json, int[][].class));
    }

    private static GenerationSettings settings(JsonNode expected, JsonNode how) {
        return new GenerationSettings(
                how.get("beams").asInt(),
                1 + expected.get("fresh").asInt(),
                0,
                how.path("lengthPenalty").asDouble(1),
                switch (how.path("earlyStopping").asText("false")) {
                    case "true" -> GenerationSettings.EarlyStopping.YES;
                    case "never" -> GenerationSettings.EarlyStopping.NEVER;
                    default -> GenerationSettings.EarlyStopping.HEURISTIC;
                },
                -1,
                List.of(expected.get("end").asInt()),
                ScoreRules.NONE,
                List.of());
    }

    private static List<int[]> generate(TransformerModel model, List<int[]> prompts, GenerationSettings settings) {
        try (NDManager scope = model.newScope()) {
            return ((TextGenerator) model).generate(prompts, settings, scope);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-shared-keys", "llama-old-hub", "llama3-positions", "mistral", "olmo", "olmo2"})
    void textsAreThoseOfTransformers(String name) throws Exception {
        JsonNode expected = expected(name);
        List<int[]> prompts = rows(expected.get("prompts"));
        try (TransformerModel model = TransformerModel.load(stored(name), Device.cpu(), Progress.NONE)) {
            for (JsonNode how : expected.get("generated")) {
                List<int[]> texts = generate(model, prompts, settings(expected, how));
                List<int[]> reference = rows(how.get("outputs"));
                for (int row = 0; row < prompts.size(); row++) {
                    assertArrayEquals(reference.get(row), texts.get(row), "row " + row + ", " + how);
                }
            }
        }
    }

    @Test
    void aPromptIsGoneOnWithAloneAsAmongOthers() throws Exception {
        JsonNode expected = expected("llama3-positions");
        List<int[]> prompts = rows(expected.get("prompts"));
        GenerationSettings settings =
                settings(expected, expected.get("generated").get(1));
        try (TransformerModel model = TransformerModel.load(stored("llama3-positions"), Device.cpu(), Progress.NONE)) {
            List<int[]> together = generate(model, prompts, settings);
            for (int row = 0; row < prompts.size(); row++) {
                List<int[]> alone = generate(model, List.of(prompts.get(row)), settings);
                assertArrayEquals(together.get(row), alone.get(0));
            }
        }
    }

    /** What token by token is generated greedily is what whole passes over the row would choose. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void keptKeysAndValuesChangeNothing(boolean inFourBits) throws Exception {
        JsonNode expected = expected("olmo");
        List<int[]> row = new ArrayList<>(rows(expected.get("prompts")).subList(0, 1));
        GenerationSettings whole = settings(expected, expected.get("generated").get(0));
        try (TransformerModel loaded = TransformerModel.load(stored("olmo"), Device.cpu(), Progress.NONE);
                TransformerModel model = inFourBits ? loaded.quantized(WeightForms.of("nf4")) : loaded.copy()) {
            int[] atOnce = generate(model, row, whole).get(0);
            for (int token : atOnce) {
                assertEquals(token, generate(model, row, whole.withMaxLength(2)).get(0)[0]);
                int[] longer = Arrays.copyOf(row.get(0), row.get(0).length + 1);
                longer[longer.length - 1] = token;
                row.set(0, longer);
            }
        }
    }

    @Test
    void whatExceedsTheContextIsRefused() throws Exception {
        JsonNode expected = expected("olmo");
        GenerationSettings settings =
                settings(expected, expected.get("generated").get(0)).withMaxLength(10);
        try (TransformerModel model = TransformerModel.load(stored("olmo"), Device.cpu(), Progress.NONE)) {
            UserError error =
                    assertThrows(UserError.class, () -> generate(model, rows(expected.get("prompts")), settings));
            assertEquals("a prompt of 8 tokens and 9 new ones exceed the model's context of 16", error.getMessage());
        }
    }
}
