package ffmerge.plot;

/**
 * Correlations between the units of two sublayers as a map of their magnitudes. A sublayer has more units than a page has
 * room for: a cell is the largest of a block.
 */
public final class CorrelationMap {
    /** Along a side. */
    public static final int MOST_CELLS = 128;

    private static final int SIZE = 620;

    private CorrelationMap() {}

    /**
     * A map of blocks.
     *
     * @param block units along a side of a cell
     * @param largest magnitude of each block
     */
    public static HeatMap of(int units, int block, double[][] largest) {
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
