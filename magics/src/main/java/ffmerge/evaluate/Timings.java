package ffmerge.evaluate;

import ffmerge.result.Interval;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.apache.commons.statistics.descriptive.Median;
import org.apache.commons.statistics.descriptive.Quantile;

/** Seconds of the same work done again and again: their median, and how sure it is (percentile bootstrap over the runs). */
public final class Timings {
    private static final int RESAMPLES = 10_000;
    private static final double[] BOUNDS = {0.025, 0.975};
    private static final Quantile QUANTILE = Quantile.withDefaults().with(Quantile.EstimationMethod.HF7);
    private static final Median MEDIAN = Median.withDefaults();

    private final double[] seconds;

    /** @param seconds of each run, at least one */
    public Timings(double... seconds) {
        if (seconds.length == 0) {
            throw new IllegalArgumentException("nothing was timed");
        }
        this.seconds = seconds.clone();
    }

    public double median() {
        return MEDIAN.evaluate(seconds.clone());
    }

    /** Of the median, in 95 of 100 cases. */
    public Interval interval(long seed) {
        return interval(medians(seed));
    }

    /**
     * Of this median less the other's, in 95 of 100 cases. Runs of the same round are drawn together, as what else the
     * machine did then slowed both.
     *
     * @param other of as many runs, in turn with these
     */
    public Interval difference(Timings other, long seed) {
        if (other.seconds.length != seconds.length) {
            throw new IllegalArgumentException(seconds.length + " runs and " + other.seconds.length + " are no pairs");
        }
        double[] differences = medians(seed);
        double[] others = other.medians(seed);
        for (int r = 0; r < differences.length; r++) {
            differences[r] -= others[r];
        }
        return interval(differences);
    }

    private double[] medians(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] medians = new double[RESAMPLES];
        double[] drawn = new double[seconds.length];
        for (int r = 0; r < RESAMPLES; r++) {
            Arrays.setAll(drawn, i -> seconds[random.nextInt(seconds.length)]);
            medians[r] = MEDIAN.evaluate(drawn);
        }
        return medians;
    }

    private static Interval interval(double[] resampled) {
        double[] bounds = QUANTILE.evaluate(resampled, BOUNDS);
        return new Interval(bounds[0], bounds[1]);
    }
}
