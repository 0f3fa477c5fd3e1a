package ffmerge.study;

import ai.djl.Device;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.data.Batch;
import ffmerge.data.Split;
import ffmerge.data.TokenStream;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.Scoring;
import ffmerge.fixture.TinyGpt2;
import ffmerge.model.TransformerModel;
import ffmerge.tune.TuneSettings;
import ffmerge.tune.Tuner;
import ffmerge.workload.TextWorkload;
import ffmerge.workload.Workload;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** A process that tunes with batches for whose logits the memory it may have is not enough; see {@link TuningMemoryTest}. */
final class TuningWithoutMemory {
    private static final int VOCABULARY = 40_000;
    private static final int LENGTH = 128;
    private static final int FAR_TOO_MANY = 2048;

    private TuningWithoutMemory() {}

    /** @param arguments a folder */
    public static void main(String[] arguments) {
        Path folder = Path.of(arguments[0]);
        new TinyGpt2(2).vocabulary(VOCABULARY).context(LENGTH).writeTo(folder.resolve("model"));
        int[] ids = new SplittableRandom(0).ints(50_000, 0, VOCABULARY).toArray();
        TextWorkload workload =
                new TextWorkload("noise", split -> new TokenStream("noise", split, ids), Scoring.of(LENGTH));
        Metric metric = workload.metric(Split.VALIDATION, 2);
        try (TransformerModel model = TransformerModel.load(folder.resolve("model"), Device.cpu(), Progress.NONE)) {
            double before = Evaluator.evaluate(model, metric, Progress.NONE).value();
            try {
                tune(model, FAR_TOO_MANY, workload, folder);
            } catch (UserError e) {
                System.out.println(e.getMessage());
            }
            System.out.println("unharmed "
                    + (before
                            == Evaluator.evaluate(model, metric, Progress.NONE).value()));
            stopsAtTheThirdStep(model, workload, folder);
            System.out.println(
                    "resumed " + steps(model, folder, workload::trainingBatch).steps());
        }
    }

    private static void tune(TransformerModel model, int rows, Workload workload, Path folder) {
        TuneSettings settings = new TuneSettings(2, rows, 1, 1e-4, 0, 0, 1, 0, 10, 10, 0);
        Tunings.tune("base", model, settings, workload, 2, folder.resolve("state"));
    }

    private static void stopsAtTheThirdStep(TransformerModel model, Workload workload, Path folder) {
        try {
            steps(model, folder, (rows, seed, index) -> batch(workload, rows, seed, index));
        } catch (RuntimeException e) {
            System.out.println("stopped");
        }
    }

    private static Batch batch(Workload workload, int rows, long seed, long index) {
        return workload.trainingBatch(index < 2 ? rows : FAR_TOO_MANY, seed, index);
    }

    /** Goes on where it was stopped: only the steps after that ask for batches. */
    private static ffmerge.tune.TuneHistory steps(TransformerModel model, Path folder, Tuner.Batches batches) {
        long[] asked = new long[1];
        ffmerge.tune.TuneHistory result = new Tuner(
                        model,
                        new TuneSettings(4, 2, 1, 1e-4, 0, 0, 1, 0, 10, 10, 0),
                        (rows, seed, index) -> {
                            asked[0]++;
                            return batches.batch(rows, seed, index);
                        },
                        m -> 0,
                        (a, b) -> false,
                        folder.resolve("tuner"),
                        (loss, checks) -> {})
                .run(Progress.NONE);
        System.out.println("asked for " + asked[0] + " batches");
        return result;
    }
}
