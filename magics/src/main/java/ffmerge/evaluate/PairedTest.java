package ffmerge.evaluate;

import java.util.Arrays;

/** How the p of a paired difference is had from its resamples; two-sided, and never 0 (Davison and Hinkley 1997, §4.2). */
public enum PairedTest {
    /** Twice the share of resamples on the rarer side of zero: p is under 0.05 where the 95 % interval leaves zero out. */
    PERCENTILE {
        @Override
        double p(double[] differences, double value) {
            long below = Arrays.stream(differences).filter(d -> d <= 0).count();
            long above = Arrays.stream(differences).filter(d -> d >= 0).count();
            return Math.min(1, 2 * share(Math.min(below, above), differences));
        }
    },

    /** As sacreBLEU: how often a resample strays farther from the resamples' mean than the difference is from zero. */
    CENTRED {
        @Override
        double p(double[] differences, double value) {
            if (value == 0) {
                return 1; // nothing to be explained
            }
            double mean = Arrays.stream(differences).average().orElseThrow();
            return share(
                    Arrays.stream(differences)
                            .filter(d -> Math.abs(d - mean) > Math.abs(value))
                            .count(),
                    differences);
        }
    };

    /**
     * @param differences by resample
     * @param value the difference that was measured
     */
    abstract double p(double[] differences, double value);

    private static double share(long count, double[] differences) {
        return (count + 1.) / (differences.length + 1);
    }
}
