package ffmerge.plot;

/**
 * Correlations between the units of two sublayers as a map of their magnitudes. A sublayer has more units than a page has
 * room for: a cell is the largest of a block.
 */
public final class CorrelationMap {
    private static final int MOST_CELLS = 128;
    private static final int SIZE = 620;

    private CorrelationMap() {}

    /** @param correlations row-major, {@code [units, units]} */
    public static HeatMap of(int units, float[] correlations) {
        int block = (units + MOST_CELLS - 1) / MOST_CELLS;
        int cells = (units + block - 1) / block;
        double[][] largest = new double[cells][cells];
        for (int row = 0; row < units; row++) {
            for (int column = 0; column < units; column++) {
                double magnitude = Math.abs(correlations[row * units + column]);
                double[] cell = largest[row / block];
                cell[column / block] = Math.max(cell[column / block], magnitude);
            }
        }
        String what = block == 1 ? "|correlation|" : "largest |correlation| of " + block + " by " + block + " units";
        return new HeatMap(
                SIZE,
                SIZE - 80,
                "correlations of " + units + " units",
                "unit (rows: the anchor's)",
                what,
                largest,
                block);
    }
}
