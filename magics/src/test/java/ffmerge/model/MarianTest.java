package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.DemoTranslator;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.data.Split;
import ffmerge.data.TranslationBatch;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.MetricValue;
import ffmerge.result.EvalResult;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MarianTest {
    private static final JsonNode EXPECTED = Expected.of("opus-mt-tatoeba-zh-en");
    private static TransformerModel model;

    @BeforeAll
    static void load() {
        model = DemoTranslator.model();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void positionsCountAsParametersAndTheBiasDoesNot() {
        assertEquals(EXPECTED.get("parameters").asLong(), model.parameters().uniqueCount());
        assertEquals(EXPECTED.get("parameters").asLong(), model.parameters().count());
    }

    @Test
    void logitsAreThoseOfTransformers() {
        JsonNode expected = EXPECTED.get("logits_first_batch");
        TranslationBatch batch = DemoTranslator.pairs(Split.TEST).inOrder(32).get(0);
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope);
            HiddenStates last = model.advance(model.embed(batch, pass), 12, pass);
            NDArray logits = ((EncoderDecoder) model).logits(last, pass);
            assertArrayEquals(new long[] {32, 15, 4936}, logits.getShape().getShape());
            float[] values = logits.toFloatArray();
            for (int i = 0; i < 16; i++) {
                assertEquals(expected.get("first16").get(i).asDouble(), values[i], 1e-4);
            }
            double mean = 0;
            for (float value : values) {
                mean += (double) value / values.length;
            }
            assertEquals(expected.get("mean").asDouble(), mean, 1e-5);
        }
    }

    @Test
    void theWholeTestSetScoresAsTheReference() {
        MetricValue evaluation = Evaluator.evaluate(
                model, DemoTranslator.workload(model, 4).metric(Split.TEST, Integer.MAX_VALUE), Progress.NONE);
        assertEquals(EXPECTED.at("/full_test/bleu").asDouble(), evaluation.value(), 1e-9);
        assertEquals(1000, evaluation.examples());
    }

    @Test
    void theFirstTranslationsAreThoseOfTransformers() {
        List<EvalResult.Sample> samples =
                DemoTranslator.workload(model, 4).samples(model, Split.TEST, 10, Progress.NONE);
        for (int i = 0; i < 10; i++) {
            assertEquals(
                    EXPECTED.at("/full_test/first").get(i).asText(),
                    samples.get(i).translation());
        }
    }
}
