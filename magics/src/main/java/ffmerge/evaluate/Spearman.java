package ffmerge.evaluate;

import ffmerge.result.Interval;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import org.apache.commons.statistics.descriptive.Quantile;
import org.apache.commons.statistics.ranking.NaNStrategy;
import org.apache.commons.statistics.ranking.NaturalRanking;
import org.apache.commons.statistics.ranking.TiesStrategy;

/** Spearman's rank correlation: Pearson's of the ranks, equal values sharing the mean of theirs, as scipy has it. */
public final class Spearman {
    /** The share of resamples without a correlation beyond which there is no interval. */
    private static final double UNDEFINED = 0.02;

    private static final double[] BOUNDS = {0.025, 0.975};
    private static final NaturalRanking RANKING = new NaturalRanking(NaNStrategy.FAILED, TiesStrategy.AVERAGE);

    private Spearman() {}

    /** @return NaN where all values of a side are equal, or there are fewer than two */
    public static double of(double[] x, double[] y) {
        return x.length < 2 ? Double.NaN : pearson(ranks(x), ranks(y));
    }

    private static double[] ranks(double[] values) {
        // a zero is a zero, whatever its sign: the ranking would tell them apart
        return RANKING.apply(Arrays.stream(values).map(value -> value + 0.).toArray());
    }

    private static double pearson(double[] x, double[] y) {
        double meanX = Arrays.stream(x).average().orElseThrow();
        double meanY = Arrays.stream(y).average().orElseThrow();
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            xy += (x[i] - meanX) * (y[i] - meanY);
            xx += (x[i] - meanX) * (x[i] - meanX);
            yy += (y[i] - meanY) * (y[i] - meanY);
        }
        return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : Double.NaN;
    }

    /**
     * 95 % by the percentile bootstrap over pairs. Resamples in which a side is constant have no correlation.
     *
     * @return empty for fewer than three pairs, or where more than {@link #UNDEFINED} of the resamples have none: what is left
     *     of them would be those that hold an exception
     */
    public static Optional<Interval> interval(double[] x, double[] y, long seed) {
        if (x.length < 3) {
            return Optional.empty();
        }
        SplittableRandom random = new SplittableRandom(seed);
        double[] resampled = new double[Bootstrap.RESAMPLES];
        for (int r = 0; r < resampled.length; r++) {
            int[] drawn = random.ints(x.length, 0, x.length).toArray();
            resampled[r] = of(
                    Arrays.stream(drawn).mapToDouble(i -> x[i]).toArray(),
                    Arrays.stream(drawn).mapToDouble(i -> y[i]).toArray());
        }
        double[] finite = Arrays.stream(resampled).filter(Double::isFinite).toArray();
        if (finite.length < (1 - UNDEFINED) * resampled.length) {
            return Optional.empty();
        }
        double[] bounds =
                Quantile.withDefaults().with(Quantile.EstimationMethod.HF7).evaluate(finite, BOUNDS);
        return Optional.of(new Interval(bounds[0], bounds[1]));
    }
}
