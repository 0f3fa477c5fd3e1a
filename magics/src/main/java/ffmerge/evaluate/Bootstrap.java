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
 * How sure measured values are: percentile bootstrap over the examples that a metric averages (Efron 1979), the same draws
 * for all models, so that differences are paired (Koehn 2004).
 */
public final class Bootstrap {
    public static final int RESAMPLES = 10_000;
    /** The quantiles between which a value lies in 95 of 100 cases. */
    private static final double[] BOUNDS = {0.025, 0.975};
    /** Between the two values next to it, as numpy has it. Of a copy: resamples stay in their order, in which they are paired. */
    private static final Quantile QUANTILE =
            Quantile.withDefaults().with(Quantile.EstimationMethod.HF7).withCopy(true);

    private final Metric metric;
    private final List<Scores> models;
    /** [model][resample] */
    private final double[][] values;

    private Bootstrap(Metric metric, List<Scores> models, double[][] values) {
        this.metric = metric;
        this.models = models;
        this.values = values;
    }

    /**
     * @param models scores of each on the same examples
     * @throws IllegalArgumentException if they were measured on different numbers of examples
     */
    public static Bootstrap of(Metric metric, List<Scores> models, long seed) {
        int examples = models.get(0).examples();
        if (models.stream().anyMatch(m -> m.examples() != examples)) {
            throw new IllegalArgumentException("models that were measured on different examples can't be paired");
        }
        SplittableRandom random = new SplittableRandom(seed);
        long[] seeds = random.longs(RESAMPLES).toArray(); // a resample has its own, whichever thread draws it
        double[][] values = new double[models.size()][RESAMPLES];
        double[][][] units =
                models.stream().map(m -> m.units().toArray(double[][]::new)).toArray(double[][][]::new);
        IntStream.range(0, examples < 2 ? 0 : RESAMPLES).parallel().forEach(r -> {
            int[] drawn =
                    new SplittableRandom(seeds[r]).ints(examples, 0, examples).toArray();
            for (int m = 0; m < units.length; m++) {
                values[m][r] = metric.value(total(units[m], drawn));
            }
        });
        return new Bootstrap(metric, List.copyOf(models), values);
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

    /** 95 % of a model's value; empty for a single example, or a value that is no number. */
    public Optional<Interval> interval(int model) {
        return interval(values[model]);
    }

    private Optional<Interval> interval(double[] resampled) {
        if (models.get(0).examples() < 2 || !Arrays.stream(resampled).allMatch(Double::isFinite)) {
            return Optional.empty();
        }
        double[] bounds = QUANTILE.evaluate(resampled, BOUNDS);
        return Optional.of(new Interval(bounds[0], bounds[1]));
    }

    /**
     * A model's value less another's, with its interval and two-sided p, as sacreBLEU's paired bootstrap has it: how often a
     * resample strays farther from the mean of the resampled differences than the difference is from zero.
     *
     * @param to name of the model that is subtracted
     */
    public Optional<Difference> difference(int model, int reference, String to) {
        double[] differences = new double[RESAMPLES];
        Arrays.setAll(differences, r -> values[model][r] - values[reference][r]);
        double value = value(model) - value(reference);
        return interval(differences).map(i -> new Difference(to, value, i, p(differences, value), null));
    }

    private double value(int model) {
        return metric.value(models.get(model).total());
    }

    private static double p(double[] differences, double value) {
        if (value == 0) {
            return 1; // nothing to be explained
        }
        double mean = Arrays.stream(differences).average().orElseThrow();
        long farther = Arrays.stream(differences)
                .filter(d -> Math.abs(d - mean) > Math.abs(value))
                .count();
        return (farther + 1.) / (differences.length + 1);
    }
}
