package ffmerge.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.data.Augmentation;
import ffmerge.data.Batch;
import ffmerge.data.Columns;
import ffmerge.data.ImageSet;
import ffmerge.data.Preprocessing;
import ffmerge.data.Split;
import ffmerge.evaluate.Evaluator;
import ffmerge.fixture.Shrinks;
import ffmerge.merge.MergePlan;
import ffmerge.model.ImageClassifier;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.result.SweepResult;
import ffmerge.tune.TuneSettings;
import ffmerge.workload.ImageWorkload;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo on which merging matters: what transformers computes of it, what a merge loses, and what tuning gets back. */
class VitSignsTest {
    private static final JsonNode EXPECTED = Expected.of("vit-signs");
    private static final Path FOLDER = Expected.home().resolve("models/vit-signs");
    /** Of a thousand test images, those whose two best classes may change places by the rounding of single precision. */
    private static final double CLOSE = 0.002;

    private static final Map<Split, ImageSet> SETS = new EnumMap<>(Split.class);
    private static TransformerModel model;
    private static ImageWorkload workload;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() {
        model = TransformerModel.load(FOLDER, Device.cpu(), Progress.NONE);
        workload = ImageWorkload.of((ImageClassifier) model, "signs", VitSignsTest::images, Augmentation.SHIFT);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static synchronized ImageSet images(Split split) {
        return SETS.computeIfAbsent(
                split,
                s -> ImageSet.open(
                        "signs",
                        Expected.home().resolve("data/signs-" + s.label() + ".parquet"),
                        s,
                        Columns.KNOWN,
                        Preprocessing.load(FOLDER, 1),
                        ((ImageClassifier) model).classNames()));
    }

    @Test
    void aFreshModelStartsWithTheDeviationOfItsConfig() {
        try (TransformerModel fresh = TransformerModel.fresh(FOLDER, Device.cpu(), 0)) {
            float[] up = fresh.checkpoint().read("vit.encoder.layer.3.intermediate.dense.weight");
            double square = 0;
            for (float value : up) {
                square += (double) value * value / up.length;
            }
            assertEquals(64 * 128, up.length);
            assertEquals(0.06, Math.sqrt(square), 0.003);
        }
    }

    @Test
    void logitsAndClassesAreThoseOfTransformers() {
        JsonNode values = EXPECTED.at("/logits_first_batch/values");
        List<Float> found = new ArrayList<>();
        for (Batch batch : images(Split.TEST).batches(1000, 20)) {
            try (NDManager scope = model.newScope()) {
                Pass pass = Pass.inference(scope);
                NDArray logits = ((ImageClassifier) model)
                        .classLogits(model.advance(model.embed(batch, pass), model.layers(), pass), pass);
                for (float value : logits.toFloatArray()) {
                    found.add(value);
                }
            }
        }
        assertEquals(240, values.size());
        for (int i = 0; i < values.size(); i++) {
            assertEquals(values.get(i).asDouble(), found.get(i), 1e-4);
        }
        assertEquals(1000, EXPECTED.get("predicted").size());
        for (int i = 0; i < 1000; i++) {
            List<Float> row = found.subList(12 * i, 12 * i + 12);
            int predicted = EXPECTED.get("predicted").get(i).asInt();
            assertTrue(row.get(predicted) > row.stream().max(Float::compare).orElseThrow() - 1e-4, "image " + i);
        }
    }

    @Test
    void aMergeLosesWhatTheReferenceLoses() {
        WindowSweep.Settings settings = Shrinks.sweep(
                7, List.of("encoder"), List.of("none"), MergePlan.Anchor.FIRST, Split.TEST, 1000, 1000, 0);
        SweepResult sweep = WindowSweep.run("base", model, settings, workload, new StateFolder(folder), Progress.NONE);
        assertEquals(EXPECTED.get("accuracy").asDouble(), sweep.baseline(), CLOSE);
        assertEquals(6, sweep.rows().size());
        for (int i = 0; i < 6; i++) {
            JsonNode merge = EXPECTED.at("/vanilla_merges/" + i);
            SweepResult.Row row = sweep.rows().get(i);
            assertEquals(merge.at("/layers/0").asInt(), row.start());
            assertEquals(merge.get("accuracy").asDouble(), row.value(), CLOSE, "from layer " + row.start());
            assertTrue(row.value() < sweep.baseline() - 0.02, "every window loses: " + row);
        }
    }

    @Test
    void tuningGetsMostOfItBack() {
        MergePlan plan = new MergePlan(
                List.of(MergePlan.Group.of("encoder", List.of(1, 2, 3, 4, 5), MergePlan.Anchor.FIRST)),
                MergePlan.Alignment.NONE,
                0);
        try (TransformerModel merged = Shrinks.merge(model, plan, List.of()).model()) {
            TuneSettings settings = new TuneSettings(40, 32, 1, 5e-4, 4, 0.01, 1, 0, 40, 40, 0);
            Tuning.Tuned tuned = Tunings.tune("merged", merged, settings, workload, 200, folder);
            try (TransformerModel better = tuned.model()) {
                double whole = Evaluator.evaluate(model, workload.metric(Split.VALIDATION, 200), Progress.NONE)
                        .value();
                double lost = whole - tuned.outcome().before();
                assertTrue(lost > 0.05, "the merge loses " + lost);
                assertTrue(
                        tuned.outcome().after() > tuned.outcome().before() + lost / 4,
                        tuned.outcome().toString());
                assertEquals(
                        merged.parameters().uniqueCount(), better.parameters().uniqueCount());
            }
        }
    }
}
