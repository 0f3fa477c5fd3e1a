package ffmerge.correlation;

/**
 * Correlations between the units of two sublayers.
 *
 * @param size number of units of either
 * @param values row-major: the anchor's unit by the other sublayer's
 */
public record CorrelationMatrix(int size, float[] values) {
    /** The sum over units that are left where they are: Σ_j C[j, j]. */
    public double trace() {
        double sum = 0;
        for (int unit = 0; unit < size; unit++) {
            sum += values[unit * size + unit];
        }
        return sum;
    }
}
