package ffmerge.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Demo;
import ffmerge.Interrupted;
import ffmerge.Progress;
import ffmerge.StopRequest;
import ffmerge.UserError;
import ffmerge.data.Split;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Metric;
import ffmerge.fixture.Shrinks;
import ffmerge.merge.MergePlan;
import ffmerge.model.TransformerModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TunerTest {
    private static TransformerModel merged;

    @TempDir
    private Path state;

    @BeforeAll
    static void merge() {
        MergePlan plan = new MergePlan(
                List.of(MergePlan.Group.of("decoder", List.of(3, 4, 5, 6, 7, 8), MergePlan.Anchor.FIRST)),
                MergePlan.Alignment.NONE,
                0);
        try (TransformerModel model = Demo.model()) {
            merged = Shrinks.merge(model, plan, Demo.workload(), 256, Progress.NONE)
                    .model();
        }
    }

    @AfterAll
    static void close() {
        merged.close();
    }

    private static TuneSettings settings(int steps, double rate) {
        return new TuneSettings(steps, 2, 2, rate, 2, 0.01, 1, 0, 4, 3, 7);
    }

    private TuneHistory tune(TransformerModel model, TuneSettings settings, Progress progress) {
        Metric metric = Demo.workload().metric(Split.VALIDATION, 8);
        return new Tuner(
                        model,
                        settings,
                        Demo.workload()::trainingBatch,
                        m -> Evaluator.evaluate(m, metric, Progress.NONE).value(),
                        metric.measure()::isBetter,
                        state.resolve("tuning"),
                        (loss, checks) -> {})
                .run(progress);
    }

    @Test
    void recoversQualityAndKeepsTies() {
        try (TransformerModel model = merged.copy()) {
            long unique = model.parameters().uniqueCount();
            TuneHistory result = tune(model, settings(16, 3e-4), Progress.NONE);
            assertEquals(16, result.steps());
            assertTrue(result.after() < 0.97 * result.before(), result.before() + " → " + result.after());
            assertEquals(unique, model.parameters().uniqueCount());
            assertEquals(131_712 * 5, model.parameters().count() - unique);
            float[] third = model.checkpoint().read("transformer.h.3.mlp.c_fc.weight");
            float[] eighth = model.checkpoint().read("transformer.h.8.mlp.c_fc.weight");
            assertTrue(java.util.Arrays.equals(third, eighth));
            float[] before = merged.checkpoint().read("transformer.h.3.mlp.c_fc.weight");
            assertFalse(java.util.Arrays.equals(before, third), "the copy was tuned, not the model it was made from");
        }
    }

    @Test
    void aRunThatWasStoppedGoesOnWithTheSameLosses() {
        TuneSettings settings = settings(8, 3e-4);
        TuneHistory whole;
        try (TransformerModel model = merged.copy()) {
            whole = tune(model, settings, Progress.NONE);
        }
        assertFalse(Files.exists(state.resolve("tuning")), "finished tuning leaves no state");
        try (TransformerModel model = merged.copy()) {
            // the sixth step is under way then, and is finished
            Interrupted stop = assertThrows(Interrupted.class, () -> tune(model, settings, interruptAt(5)));
            assertEquals(
                    "interrupted after step 6 of 8, which is kept: the same command goes on from there",
                    stop.getMessage());
        }
        try (TransformerModel model = merged.copy()) {
            TuneHistory resumed = tune(model, settings, Progress.NONE);
            assertEquals(whole.loss(), resumed.loss());
            assertEquals(whole.validation(), resumed.validation());
            assertEquals(whole.bestStep(), resumed.bestStep());
        }
    }

    @Test
    void theBestWeightsAreKept() {
        try (TransformerModel model = merged.copy()) {
            TuneHistory result = tune(model, settings(8, 0.05), Progress.NONE);
            assertEquals(0, result.bestStep(), "a rate like this ruins the model");
            assertEquals(result.before(), result.after());
            float[] now = model.checkpoint().read("transformer.h.3.mlp.c_fc.weight");
            assertTrue(java.util.Arrays.equals(merged.checkpoint().read("transformer.h.3.mlp.c_fc.weight"), now));
        }
    }

    @Test
    void aLossThatIsNotFiniteIsSaid() {
        try (TransformerModel model = merged.copy()) {
            TuneSettings wild = new TuneSettings(30, 2, 1, 1e30, 0, 0, 0, 0, 100, 100, 7);
            String message = assertThrows(UserError.class, () -> tune(model, wild, Progress.NONE))
                    .getMessage();
            assertTrue(message.matches("the loss is (NaN|Infinity) at step \\d+: try a lower --rate"), message);
        }
    }

    @Test
    void accumulatedBatchesMakeOneStep() {
        List<Long> asked = new ArrayList<>();
        Metric metric = Demo.workload().metric(Split.VALIDATION, 4);
        try (TransformerModel model = merged.copy()) {
            new Tuner(
                            model,
                            new TuneSettings(2, 1, 3, 1e-4, 0, 0, 1, 0, 2, 2, 0),
                            (rows, seed, index) -> {
                                asked.add(index);
                                return Demo.workload().trainingBatch(rows, seed, index);
                            },
                            m -> Evaluator.evaluate(m, metric, Progress.NONE).value(),
                            metric.measure()::isBetter,
                            state,
                            (loss, checks) -> {})
                    .run(Progress.NONE);
        }
        assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L), asked);
    }

    private Tuner watched(
            TransformerModel model, ToDoubleFunction<TransformerModel> validation, Tuner.Listener listener) {
        return new Tuner(
                model,
                settings(1, 3e-4),
                Demo.workload()::trainingBatch,
                validation,
                (first, second) -> first < second,
                state.resolve("tuning"),
                listener);
    }

    /** Validated before the first step and after the last. */
    @Test
    void anInterruptOfTheLastValidationSaysThatOnlyThatIsLeft() {
        AtomicInteger validations = new AtomicInteger();
        ToDoubleFunction<TransformerModel> stopped = m -> {
            if (validations.incrementAndGet() == 2) {
                StopRequest.send(Thread.currentThread());
                Progress.stopIfInterrupted();
            }
            return 2;
        };
        try (TransformerModel model = merged.copy()) {
            Interrupted stop = assertThrows(
                    Interrupted.class,
                    () -> watched(model, stopped, (loss, checks) -> {}).run(Progress.NONE));
            assertEquals(
                    "interrupted after step 1 of 1, which is kept: the same command goes on from there, with the last"
                            + " validation, and makes the model",
                    stop.getMessage());
        }
        List<Integer> steps = new ArrayList<>();
        Progress counted = (label, total, unit) -> done -> steps.add((int) done);
        try (TransformerModel model = merged.copy()) {
            TuneHistory result = watched(model, m -> 1, (loss, checks) -> {}).run(counted);
            assertEquals(1, result.bestStep());
            assertEquals(List.of(1), steps, "no step is taken again");
        }
    }

    @Test
    void anInterruptBehindTheLastValidationStopsNothing() {
        try (TransformerModel model = merged.copy()) {
            TuneHistory result = watched(model, m -> 1, (loss, checks) -> {
                        StopRequest.send(Thread.currentThread());
                        Progress.stopIfInterrupted();
                    })
                    .run(Progress.NONE);
            assertEquals(1, result.steps());
            assertFalse(Files.exists(state.resolve("tuning")), "it is finished");
        }
    }

    private static Progress interruptAt(long step) {
        return (label, total, unit) -> done -> {
            if (label.equals("Tuning") && done == step) {
                Thread.currentThread().interrupt();
            }
        };
    }
}
