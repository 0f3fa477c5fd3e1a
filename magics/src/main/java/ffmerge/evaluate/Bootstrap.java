package ffmerge.evaluate;

import ffmerge.result.Difference;
import ffmerge.result.Interval;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.commons.statistics.descriptive.Quantile;

/**
 * How sure a model's measured value is: percentile bootstrap over the examples that a metric averages (Efron 1979). Of as many
 * examples a seed draws the same ones for each model, so that differences are paired (Koehn 2004).
 */
public final class Bootstrap {
    public static final int RESAMPLES = 10_000;
    /** The quantiles between which a value lies in 95 of 100 cases. */
    private static final double[] BOUNDS = {0.025, 0.975};
    /** Between the two values next to it, as numpy has it. Of a copy: resamples stay in their order, in which they are paired. */
    private static final Quantile QUANTILE =
            Quantile.withDefaults().with(Quantile.EstimationMethod.HF7).withCopy(true);

    private final PairedTest test;
    private final Scores scores;
    private final long seed;
    private final double value;
    /** By resample. */
    private final double[] values;

    private Bootstrap(PairedTest test, Scores scores, long seed, double value, double[] values) {
        this.test = test;
        this.scores = scores;
        this.seed = seed;
        this.value = value;
        this.values = values;
    }

    public static Bootstrap of(Metric metric, Scores scores, long seed) {
        int examples = scores.examples();
        // a resample has a seed of its own, whichever thread draws it
        long[] seeds = new SplittableRandom(seed).longs(RESAMPLES).toArray();
        double[][] units = scores.units().toArray(double[][]::new);
        double[] values = new double[RESAMPLES];
        IntStream.range(0, examples < 2 ? 0 : RESAMPLES).parallel().forEach(r -> {
            int[] drawn =
                    new SplittableRandom(seeds[r]).ints(examples, 0, examples).toArray();
            values[r] = metric.value(total(units, drawn));
        });
        return new Bootstrap(metric.pairedTest(), scores, seed, metric.value(scores.total()), values);
    }

    private static Metric.Total total(double[][] units, int[] drawn) {
        double[] sums = new double[units[0].length];
        for (int example : drawn) {
            double[] unit = units[example];
            for (int k = 0; k < sums.length; k++) {
                sums[k] += unit[k];
            }
        }
        return new Metric.Total(drawn.length, sums);
    }

    int examples() {
        return scores.examples();
    }

    double value() {
        return value;
    }

    /** The value of each resample; of one seed and number of examples, the same ones were drawn. */
    double[] resamples() {
        return values;
    }

    /** 95 % of the value; empty for a single example, or a value that is no number. */
    public Optional<Interval> interval() {
        return interval(values);
    }

    private Optional<Interval> interval(double[] resampled) {
        if (scores.examples() < 2 || !Arrays.stream(resampled).allMatch(Double::isFinite)) {
            return Optional.empty();
        }
        double[] bounds = QUANTILE.evaluate(resampled, BOUNDS);
        return Optional.of(new Interval(bounds[0], bounds[1]));
    }

    /**
     * Of the mean of several models' values, as of one that was tuned by several seeds: all are drawn the same examples.
     *
     * @param several of as many examples and one seed
     */
    public static Bootstrap ofMean(List<Bootstrap> several) {
        double[] means = new double[RESAMPLES];
        Arrays.setAll(
                means,
                r -> several.stream().mapToDouble(b -> b.values[r]).average().orElseThrow());
        Bootstrap first = several.get(0);
        double mean = several.stream().mapToDouble(b -> b.value).average().orElseThrow();
        return new Bootstrap(first.test, first.scores, first.seed, mean, means);
    }

    /**
     * The value less another model's, with its interval and two-sided p, as the metric's {@link PairedTest} has it.
     *
     * @param reference the other model's, of the same examples and seed
     * @param to its name
     * @throws IllegalArgumentException if it was measured on another number of examples, or drawn by another seed
     */
    public Optional<Difference> difference(Bootstrap reference, String to) {
        if (reference.scores.examples() != scores.examples() || reference.seed != seed) {
            throw new IllegalArgumentException("models that were measured on different examples can't be paired");
        }
        double[] differences = new double[RESAMPLES];
        Arrays.setAll(differences, r -> values[r] - reference.values[r]);
        double difference = value - reference.value;
        return interval(differences).map(i -> new Difference(to, difference, i, test.p(differences, difference), null));
    }
}
