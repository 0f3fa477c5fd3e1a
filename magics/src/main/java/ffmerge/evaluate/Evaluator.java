package ffmerge.evaluate;

import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.data.Batch;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Precision;
import java.util.ArrayList;
import java.util.List;

/** Measures a whole model. */
public final class Evaluator {
    private Evaluator() {}

    /** Measures a model, and shows nobody how far it is. */
    public static MetricValue evaluate(TransformerModel model, Metric metric) {
        return evaluate(model, metric, Progress.NONE);
    }

    public static MetricValue evaluate(TransformerModel model, Metric metric, Progress progress) {
        return evaluate(model, metric, Precision.FLOAT32, progress);
    }

    /** @param products in what precision matrices are multiplied */
    public static MetricValue evaluate(TransformerModel model, Metric metric, Precision products, Progress progress) {
        long start = System.nanoTime();
        List<Scores> batches = new ArrayList<>();
        try (Progress.Stage stage =
                progress.start("Evaluating", metric.batches().size(), "batches")) {
            long done = 0;
            for (Batch batch : metric.batches()) {
                batches.add(score(model, metric, batch, products));
                stage.advance(++done);
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        Scores scores = Scores.of(batches);
        Metric.Total total = scores.total();
        return new MetricValue(
                metric.measure(),
                metric.value(total),
                scores,
                seconds,
                scores.tokens() / seconds,
                metric.details(total));
    }

    /** Measures a whole model on one batch. */
    public static Scores score(TransformerModel model, Metric metric, Batch batch, Precision products) {
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope, products);
            return metric.score(model, model.embed(batch, pass), pass);
        }
    }
}
