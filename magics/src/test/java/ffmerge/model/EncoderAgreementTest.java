package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.fixture.Outputs;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.torch.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Small encoders of text and of images, each odd in its own way, compute what transformers computes; a generate.py beside them
 * made them.
 */
class EncoderAgreementTest {
    static List<String> withHeads() {
        return List.of(
                "vision/deit",
                "vision/deit-teacher",
                "vision/dinov2",
                "vision/dinov2-larger",
                "vision/dinov2-gated",
                "vision/clip",
                "encoders/bert-masked",
                "encoders/bert-untied",
                "encoders/bert-old-hub",
                "encoders/bert-sentences",
                "encoders/roberta-masked",
                "encoders/roberta-sentences",
                "encoders/distilbert-masked",
                "encoders/distilbert-sentences");
    }

    static List<String> all() {
        List<String> all = new ArrayList<>(withHeads());
        all.addAll(List.of("encoders/bert-bare", "vision/dinov2-bare", "vision/vit-bare"));
        return all;
    }

    private static SmallCheckpoint checkpoint(String name) {
        return new SmallCheckpoint(name);
    }

    private static float[] floats(JsonNode numbers) {
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) numbers.get(i).asDouble();
        }
        return floats;
    }

    @ParameterizedTest
    @MethodSource("all")
    void logitsAreTheSame(String name) {
        SmallCheckpoint c = checkpoint(name);
        try (TransformerModel model = c.load(Precision.FLOAT32);
                NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope);
            HiddenStates last = model.advance(model.embed(c.batch(), pass), model.layers(), pass);
            NDArray logits =
                    model instanceof MaskedLanguageModel masked ? masked.logits(last, pass) : model.head(last, pass);
            assertArrayEquals(floats(c.expected().get("logits")), logits.toFloatArray(), 1e-4f);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void parametersAreThoseThatTransformersCounts(String name) {
        SmallCheckpoint c = checkpoint(name);
        try (TransformerModel model = c.load(Precision.FLOAT32)) {
            assertEquals(
                    c.expected().get("parameters").asLong(), model.parameters().uniqueCount());
        }
    }

    @ParameterizedTest
    @MethodSource("withHeads")
    void theLossAndItsGradientsAreTheSame(String name) {
        SmallCheckpoint c = checkpoint(name);
        JsonNode expected = c.expected();
        try (TransformerModel model = c.load(Precision.FLOAT32)) {
            Outputs.Gradients found = Outputs.gradients(model, c.batch());
            assertEquals(expected.get("loss").asDouble(), found.loss(), 1e-5);
            assertTrue(expected.get("gradients").size() >= 6, "gradients of " + name);
            for (Map.Entry<String, JsonNode> gradient :
                    expected.get("gradients").properties()) {
                assertArrayEquals(
                        floats(gradient.getValue()), found.byName().get(gradient.getKey()), 1e-4f, gradient.getKey());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"encoders/bert-masked", "encoders/roberta-masked"})
    void theLossOfWhatIsMaskedIsTheMeanOfItsLosses(String name) {
        SmallCheckpoint c = checkpoint(name);
        try (TransformerModel model = c.load(Precision.FLOAT32);
                NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope);
            HiddenStates last = model.advance(model.embed(c.batch(), pass), model.layers(), pass);
            float[] losses =
                    ((MaskedLanguageModel) model).maskedLosses(last, pass).toFloatArray();
            double sum = 0;
            for (float loss : losses) {
                sum += loss;
            }
            assertEquals(c.batch().scored(), losses.length);
            assertEquals(c.expected().get("loss").asDouble(), sum / losses.length, 1e-5);
        }
    }
}
