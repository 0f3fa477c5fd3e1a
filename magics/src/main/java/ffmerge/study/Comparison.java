package ffmerge.study;

import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.data.Batch;
import ffmerge.data.Split;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.MetricValue;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.result.CompareResult;
import ffmerge.workload.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Measures models side by side: quality, size, speed. */
public final class Comparison {
    private static final int TIMED_RUNS = 5;

    private Comparison() {}

    /**
     * @param models by name, in the order of the rows
     * @param workload of a model
     * @param axis what quality is set against; empty for what the models differ in
     */
    public static CompareResult of(
            Map<String, TransformerModel> models,
            Function<TransformerModel, Workload> workload,
            Split split,
            int limit,
            Optional<CompareResult.Axis> axis,
            Progress progress) {
        List<CompareResult.Row> rows = new ArrayList<>();
        String data = "";
        for (Map.Entry<String, TransformerModel> entry : models.entrySet()) {
            TransformerModel model = entry.getValue();
            Workload own = workload.apply(model);
            Metric metric = own.metric(split, limit);
            MetricValue evaluation = Evaluator.evaluate(model, metric, progress);
            data = own.data();
            rows.add(new CompareResult.Row(
                    entry.getKey(),
                    evaluation.metric(),
                    evaluation.value(),
                    model.parameters().count(),
                    model.parameters().uniqueCount(),
                    model.parameters().bytes(),
                    evaluation.seconds(),
                    evaluation.tokensPerSecond(),
                    latency(model, own.metric(split, 1)),
                    metric.protocol().orElse(null),
                    evaluation.examples()));
        }
        return new CompareResult(data, split.label(), rows, axis.orElseGet(() -> CompareResult.Axis.of(rows)));
    }

    /** Seconds for one example by itself: the median of some runs after a first one. */
    private static double latency(TransformerModel model, Metric one) {
        Batch batch = one.batches().get(0);
        double[] seconds = new double[TIMED_RUNS];
        for (int run = -1; run < TIMED_RUNS; run++) {
            Progress.stopIfInterrupted();
            long start = System.nanoTime();
            try (NDManager scope = model.newScope()) {
                Pass pass = Pass.inference(scope);
                one.score(model, model.embed(batch, pass), pass);
            }
            if (run >= 0) {
                seconds[run] = (System.nanoTime() - start) / 1e9;
            }
        }
        Arrays.sort(seconds);
        return seconds[TIMED_RUNS / 2];
    }
}
