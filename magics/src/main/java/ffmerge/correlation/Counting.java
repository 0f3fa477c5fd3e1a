package ffmerge.correlation;

/**
 * How sums over rows become means and deviations.
 *
 * @param anchorSquares how often the anchor's squares are counted in its variance; once is right
 * @param countingStack the stack by whose rows the sums of every stack are divided; empty where each is divided by its
 *     own, which is right
 */
public record Counting(int anchorSquares, String countingStack) {
    /** Population moments: what makes a Pearson correlation. */
    public static final Counting POPULATION = new Counting(1, "");

    /** From population moments to these: every sum was divided by another count, {@code ratio} times too small. */
    record Moments(double ratio, int squares) {
        boolean arePopulation() {
            return ratio == 1 && squares == 1;
        }

        /** What is added to {@code ratio} times the covariance, as a factor of the product of the means. */
        double meansFactor() {
            return ratio - ratio * ratio;
        }

        /** The factor of the variance. */
        double varianceFactor() {
            return squares * ratio;
        }

        /** What is added to that, as a factor of the squared mean. */
        double squaredMeanFactor() {
            return squares * ratio - ratio * ratio;
        }
    }
}
