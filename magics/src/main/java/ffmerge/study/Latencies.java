package ffmerge.study;

import ffmerge.Progress;
import ffmerge.data.Batch;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.Timings;
import ffmerge.model.TransformerModel;
import ffmerge.result.CompareResult;
import ffmerge.torch.Precision;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How long models take for an example by itself, and for several at once. */
final class Latencies {
    private static final int ALONE = 1;
    /** Examples that go through a model together. */
    private static final List<Integer> BATCHES = List.of(ALONE, 8);

    private static final int QUICK_RUNS = 5;
    private static final int ROUNDS = 20;

    private Latencies() {}

    /**
     * A model that is timed.
     *
     * @param one scores the first example
     */
    record Timed(String name, TransformerModel model, Metric one, Precision products) {
        Timed(String name, TransformerModel model, Metric one) {
            this(name, model, one, Precision.FLOAT32);
        }

        /** Seconds for the first example so many times. */
        private double seconds(int rows) {
            Batch batch = one.batches().get(0).repeated(rows);
            Progress.stopIfInterrupted();
            long start = System.nanoTime();
            Evaluator.score(model, one, batch, products);
            return (System.nanoTime() - start) / 1e9;
        }
    }

    /** How many examples are run of each model. */
    static int examples(boolean inTurn) {
        int together = BATCHES.stream().mapToInt(rows -> rows).sum();
        return inTurn ? (1 + ROUNDS) * together : 1 + QUICK_RUNS;
    }

    /**
     * Medians of some runs after a first one, by model and by how many examples went together.
     *
     * @param inTurn whether models take turns in many rounds, so that what else the machine does slows all alike, also with
     *     several examples at once; else each is timed a few times by itself
     * @param reference the model that differences are taken to
     */
    static Map<String, Map<Integer, CompareResult.Latency>> of(
            List<Timed> models, boolean inTurn, String reference, long seed, Progress progress) {
        return inTurn ? inTurn(models, reference, seed, progress) : quick(models, seed);
    }

    private static Map<String, Map<Integer, CompareResult.Latency>> quick(List<Timed> models, long seed) {
        Map<String, Map<Integer, CompareResult.Latency>> all = new LinkedHashMap<>();
        for (Timed model : models) {
            model.seconds(ALONE);
            double[] seconds = new double[QUICK_RUNS];
            for (int run = 0; run < QUICK_RUNS; run++) {
                seconds[run] = model.seconds(ALONE);
            }
            Timings timings = new Timings(seconds);
            all.put(
                    model.name(),
                    Map.of(ALONE, new CompareResult.Latency(timings.median(), timings.interval(seed), null)));
        }
        return all;
    }

    private static Map<String, Map<Integer, CompareResult.Latency>> inTurn(
            List<Timed> models, String reference, long seed, Progress progress) {
        Map<String, Map<Integer, CompareResult.Latency>> all = new LinkedHashMap<>();
        models.forEach(model -> all.put(model.name(), new TreeMap<>()));
        try (Progress.Stage stage = progress.start("Timing", (long) BATCHES.size() * ROUNDS, "rounds")) {
            for (int rows : BATCHES) {
                double[][] seconds = new double[models.size()][ROUNDS]; // [model][round]
                models.forEach(model -> model.seconds(rows));
                for (int round = 0; round < ROUNDS; round++) {
                    for (int i = 0; i < models.size(); i++) {
                        int next = (i + round) % models.size(); // no model is always the first
                        seconds[next][round] = models.get(next).seconds(rows);
                    }
                    stage.advance((long) BATCHES.indexOf(rows) * ROUNDS + round + 1);
                }
                Map<String, Timings> timings = new LinkedHashMap<>();
                for (int i = 0; i < models.size(); i++) {
                    timings.put(models.get(i).name(), new Timings(seconds[i]));
                }
                timings.forEach((name, own) -> all.get(name)
                        .put(
                                rows,
                                new CompareResult.Latency(
                                        own.median(),
                                        own.interval(seed),
                                        name.equals(reference)
                                                ? null
                                                : difference(own, timings.get(reference), reference, seed))));
            }
        }
        return all;
    }

    private static CompareResult.LatencyDifference difference(Timings own, Timings reference, String to, long seed) {
        return new CompareResult.LatencyDifference(
                to, own.median() - reference.median(), own.difference(reference, seed));
    }
}
