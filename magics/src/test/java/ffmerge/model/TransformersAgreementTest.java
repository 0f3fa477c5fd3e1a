package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Progress;
import ffmerge.checkpoint.DType;
import ffmerge.data.TokenBatch;
import ffmerge.fixture.Outputs;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Small language models, each odd in its own way, compute what transformers computes; a generate.py beside them made them. */
class TransformersAgreementTest {
    private record Case(String name, DType stored) {
        Path folder() {
            try {
                return Path.of(Case.class.getResource("/" + name).toURI());
            } catch (URISyntaxException e) {
                throw new AssertionError(e);
            }
        }

        JsonNode expected() throws Exception {
            return new ObjectMapper().readTree(folder().resolve("expected.json").toFile());
        }

        TransformerModel load() {
            return TransformerModel.load(folder(), Device.cpu(), Progress.NONE);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Case> cases() {
        return List.of(
                new Case("gpt2/prefixed", DType.F32),
                new Case("gpt2/old-hub", DType.F16),
                new Case("gpt2/untied", DType.BF16),
                new Case("gpt2/sharded", DType.F32),
                new Case("gpt2/exact-gelu", DType.F32),
                new Case("gated/llama-shared-keys", DType.F32),
                new Case("gated/llama-old-hub", DType.F16),
                new Case("gated/llama3-positions", DType.BF16),
                new Case("gated/mistral", DType.F32),
                new Case("gated/olmo", DType.F32),
                new Case("gated/olmo2", DType.F32));
    }

    private static TokenBatch batch(JsonNode ids, int scoredFrom) {
        int rows = ids.size();
        int length = ids.get(0).size();
        long[] flat = new long[rows * length];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = ids.get(i / length).get(i % length).asLong();
        }
        return new TokenBatch(flat, rows, length, scoredFrom);
    }

    private static float[] floats(JsonNode numbers) {
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) numbers.get(i).asDouble();
        }
        return floats;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void logitsAreTheSame(Case c) throws Exception {
        JsonNode expected = c.expected();
        try (TransformerModel model = c.load()) {
            assertArrayEquals(
                    floats(expected.get("logits")), Outputs.logits(model, batch(expected.get("ids"), 1)), 1e-4f);
            assertEquals(c.stored(), model.origin().dtype());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theLossOfEveryTokenIsTheSame(Case c) throws Exception {
        JsonNode expected = c.expected();
        float[] losses = floats(expected.get("tokenLosses"));
        try (TransformerModel model = c.load()) {
            assertArrayEquals(losses, Outputs.tokenLosses(model, batch(expected.get("ids"), 1)), 1e-4f);
        }
    }

    @Test
    void onlyTheTokensThatABatchScoresHaveALoss() throws Exception {
        Case c = cases().get(1);
        JsonNode expected = c.expected();
        int length = expected.get("ids").get(0).size();
        float[] losses = floats(expected.get("tokenLosses")); // [3, length − 1]
        try (TransformerModel model = c.load()) {
            float[] last = Outputs.tokenLosses(model, batch(expected.get("ids"), length - 2));
            assertEquals(6, last.length);
            for (int row = 0; row < 3; row++) {
                assertEquals(losses[row * (length - 1) + length - 3], last[2 * row], 1e-4);
                assertEquals(losses[row * (length - 1) + length - 2], last[2 * row + 1], 1e-4);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theLossAndItsGradientsAreTheSame(Case c) throws Exception {
        JsonNode expected = c.expected();
        try (TransformerModel model = c.load()) {
            Outputs.Gradients found = Outputs.gradients(model, batch(expected.get("ids"), 1));
            assertEquals(expected.get("loss").asDouble(), found.loss(), 1e-5);
            Map<String, JsonNode> gradients = expected.get("gradients").properties().stream()
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
            assertTrue(gradients.size() >= 8);
            gradients.forEach((name, values) ->
                    assertArrayEquals(floats(values), found.byName().get(name), 1e-4f, name));
        }
    }
}
