package ffmerge.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ffmerge.Demo;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.fixture.TinyGpt2;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Precision;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Precision, recomputation and replicas change how steps are computed, and what is learned at most by rounding. */
class ExecutionTest {
    @TempDir
    private Path folder;

    private static TuneSettings settings(int steps) {
        return new TuneSettings(steps, 4, 2, 1e-3, 2, 0.01, 1, 0, 100, 100, 7);
    }

    private TuneHistory tune(TransformerModel model, TuneSettings settings, Execution execution) {
        return tune(model, settings, execution, Progress.NONE);
    }

    private TuneHistory tune(TransformerModel model, TuneSettings settings, Execution execution, Progress progress) {
        return new Tuner(
                        model,
                        settings,
                        execution,
                        (rows, seed, index) -> model.noise(rows * 16, seed + index),
                        m -> 0,
                        (a, b) -> false,
                        folder.resolve("state"),
                        (loss, checks) -> {})
                .run(progress);
    }

    private TransformerModel tiny(double dropout) {
        Path written = new TinyGpt2(3)
                .config("embd_pdrop", dropout)
                .config("attn_pdrop", dropout)
                .config("resid_pdrop", dropout)
                .writeTo(folder.resolve("tiny-" + dropout));
        return TransformerModel.load(written, Device.cpu(), Progress.NONE);
    }

    private List<Double> losses(double dropout, Execution execution) {
        try (TransformerModel model = tiny(dropout)) {
            return tune(model, settings(12), execution).loss();
        }
    }

    @Test
    void recomputedStepsHaveTheSameLosses() {
        TuneSettings single = new TuneSettings(12, 4, 1, 1e-3, 2, 0.01, 1, 0, 100, 100, 7);
        Execution recomputed = new Execution(Precision.FLOAT32, true, List.of());
        try (TransformerModel model = tiny(0.2);
                TransformerModel copy = model.copy()) {
            assertEquals(
                    tune(model, single, Execution.PLAIN).loss(),
                    tune(copy, single, recomputed).loss());
        }
        // where batches are accumulated, a tied parameter's gradients are summed in another order
        assertNear(losses(0.2, Execution.PLAIN), losses(0.2, recomputed));
    }

    private static void assertNear(List<Double> expected, List<Double> found) {
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i), found.get(i), 1e-6 * expected.get(i), "step " + i);
        }
    }

    @Test
    void twoReplicasHaveTheLossesOfOne() {
        List<Double> one = losses(0, Execution.PLAIN);
        List<Double> two = losses(0, new Execution(Precision.FLOAT32, false, List.of(Device.cpu())));
        assertNear(one, two);
        assertTrue(one.get(11) != one.get(0), "something is learned");
    }

    @Test
    void aBatchThatIsTooSmallForTheReplicasIsSaid() {
        Execution many = new Execution(
                Precision.FLOAT32, false, List.of(Device.cpu(), Device.cpu(), Device.cpu(), Device.cpu()));
        assertEquals(
                "a batch of 4 can't be shared by 5 devices: --batch 5 or more can",
                assertThrows(UserError.class, () -> losses(0, many)).getMessage());
    }

    @ParameterizedTest
    @CsvSource({"BFLOAT16, 0.01", "FLOAT16, 0.002"})
    void tuningInMixedPrecisionTracksFloat32(Precision products, double bound) {
        List<Double> exact;
        List<Double> mixed;
        TuneSettings settings = new TuneSettings(8, 2, 1, 3e-4, 2, 0.01, 1, 0, 100, 100, 7);
        try (TransformerModel model = Demo.model();
                TransformerModel copy = model.copy()) {
            exact = tuneOnNovels(model, settings, Execution.PLAIN);
            mixed = tuneOnNovels(copy, settings, new Execution(products, true, List.of()));
            assertEquals(Precision.FLOAT32, copy.parameters().precision(), "the master weights");
        }
        for (int i = 0; i < exact.size(); i++) {
            assertEquals(exact.get(i), mixed.get(i), bound * exact.get(i), "step " + i);
        }
        assertFalse(exact.equals(mixed));
    }

    private List<Double> tuneOnNovels(TransformerModel model, TuneSettings settings, Execution execution) {
        return new Tuner(
                        model,
                        settings,
                        execution,
                        Demo.workload()::trainingBatch,
                        m -> 0,
                        (a, b) -> false,
                        folder.resolve("novels"),
                        (loss, checks) -> {})
                .run(Progress.NONE)
                .loss();
    }

    @Test
    void interruptedFloat16GoesOnWithTheSameLosses() {
        Execution half = new Execution(Precision.FLOAT16, false, List.of());
        List<Double> whole = losses(0.1, half);
        try (TransformerModel model = tiny(0.1)) {
            Progress interrupting = (label, total, unit) -> done -> {
                if (label.equals("Tuning") && done == 5) {
                    Thread.currentThread().interrupt();
                }
            };
            assertThrows(ffmerge.Interrupted.class, () -> tune(model, settings(12), half, interrupting));
        }
        assertEquals(whole, losses(0.1, half));
    }

    @Test
    void theScaleIsHalvedWhereGradientsOverflowAndDoubledWhereTheyLongDidNot() {
        LossScale scale = new LossScale(Precision.FLOAT16);
        assertEquals(65536, scale.factor());
        scale.update(true);
        scale.update(true);
        assertEquals(16384, scale.factor());
        assertEquals(2, scale.skipped());
        for (int i = 0; i < 1999; i++) {
            scale.update(false);
        }
        assertEquals(16384, scale.factor());
        LossScale restored = new LossScale(Precision.FLOAT16);
        restored.restore(scale.state());
        restored.update(false);
        assertEquals(32768, restored.factor());

        LossScale none = new LossScale(Precision.BFLOAT16);
        none.update(true);
        assertEquals(1, none.factor());
        assertFalse(none.isNeeded());
    }

    @Test
    void aStepWhoseGradientsOverflowMovesNothing() {
        try (TransformerModel model = tiny(0);
                var scope = model.newScope();
                AdamW optimizer = new AdamW(model.parameters().learned(), 0.01, 0, scope);
                Replicas replicas =
                        new Replicas(model, settings(1), new Execution(Precision.FLOAT16, false, List.of()))) {
            LossScale scale = new LossScale(Precision.FLOAT16);
            String name = "transformer.h.1.mlp.c_fc.weight";
            float[] before = model.checkpoint().read(name);
            replicas.backward(List.of(model.noise(32, 1)), 0, 1e30); // no float16 holds such gradients
            optimizer.step(1e-3, scale);
            assertEquals(1, scale.skipped());
            assertTrue(java.util.Arrays.equals(before, model.checkpoint().read(name)));
            replicas.backward(List.of(model.noise(32, 1)), 0, scale.factor());
            optimizer.step(1e-3, scale);
            assertEquals(1, scale.skipped(), "the gradients that overflowed are forgotten");
            assertFalse(java.util.Arrays.equals(before, model.checkpoint().read(name)));
        }
    }
}
