package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.DemoImages;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.data.ImageBatch;
import ffmerge.data.PixelScale;
import ffmerge.data.Split;
import ffmerge.evaluate.Accuracy;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.MetricValue;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class VisionTransformerTest {
    private static final JsonNode EXPECTED = Expected.of("vit-digits");
    private static TransformerModel model;

    @BeforeAll
    static void load() {
        model = DemoImages.model();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void logitsAreThoseOfTransformers() {
        JsonNode expected = EXPECTED.get("logits_first_batch");
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope);
            HiddenStates first =
                    model.embed(DemoImages.images(Split.TEST).batches(50, 50).get(0), pass);
            NDArray logits = ((ImageClassifier) model).classLogits(model.advance(first, 12, pass), pass);
            assertArrayEquals(new long[] {50, 10}, logits.getShape().getShape());
            float[] values = logits.toFloatArray();
            for (int i = 0; i < expected.get("first16").size(); i++) {
                assertEquals(expected.get("first16").get(i).asDouble(), values[i], 1e-4);
            }
            double mean = 0;
            double square = 0;
            for (float value : values) {
                mean += value / values.length;
                square += (double) value * value / values.length;
            }
            assertEquals(expected.get("mean").asDouble(), mean, 1e-5);
            assertEquals(expected.get("std").asDouble(), Math.sqrt(square - mean * mean), 1e-2);
        }
    }

    @Test
    void accuracyIsThatOfTransformers() {
        MetricValue evaluation = Evaluator.evaluate(
                model, DemoImages.workload(model).metric(Split.TEST, Integer.MAX_VALUE), Progress.NONE);
        assertEquals(Accuracy.MEASURE, evaluation.metric());
        assertEquals(EXPECTED.at("/full_test/accuracy").asDouble(), evaluation.value());
        assertEquals(2000, evaluation.examples());
        assertTrue(evaluation.details().get("top-5 accuracy").matches("99\\.\\d\\d %"));
    }

    @Test
    void everySublayerIsSeenWithOneRowAPatchAndOneForTheClassToken() {
        Map<Site, List<Long>> shapes = new HashMap<>();
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope).watchedBy((site, stack, layer, values) -> {
                assertEquals("encoder", stack);
                shapes.put(
                        site,
                        java.util.Arrays.stream(values.getShape().getShape())
                                .boxed()
                                .toList());
            });
            model.advance(model.embed(model.noise(100, 0), pass), 1, pass);
        }
        assertEquals(
                Map.of(
                        Site.ATTENTION, List.of(2L, 50L, 96L),
                        Site.FEED_FORWARD_UNITS, List.of(2L, 50L, 384L),
                        Site.FEED_FORWARD, List.of(2L, 50L, 96L)),
                shapes);
    }

    @Test
    void imagesOfAnotherSizeAreRefused() {
        ImageBatch batch = new ImageBatch(new byte[3 * 32 * 28], 1, 3, 32, 28, new int[1], PixelScale.ofHalves(3));
        try (NDManager scope = model.newScope()) {
            assertEquals(
                    "images of 32 × 28 pixels and 3 channels were prepared, the model takes 28 × 28 pixels and 1 channel:"
                            + " is its preprocessor_config.json another model's?",
                    assertThrows(UserError.class, () -> model.embed(batch, Pass.inference(scope)))
                            .getMessage());
        }
    }
}
