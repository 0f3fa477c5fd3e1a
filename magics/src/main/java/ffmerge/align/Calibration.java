package ffmerge.align;

import ffmerge.StateFolder;

/**
 * How activations are recorded, in float32, and correlated.
 *
 * @param tokens over which they are recorded
 * @param memory bytes that the sums of pairs of sublayers may take; pairs that don't fit are done in turn, from activations
 *     that are kept on disk
 * @param state where those are kept
 */
public record Calibration(int tokens, Protocol protocol, long memory, StateFolder state) {
    /** As many as the paper's. */
    public static final int USUAL_TOKENS = 10_000;

    /** Enough for all pairs of a model of the size of GPT-2 small, little beside the weights of a larger one. */
    public static final long DEFAULT_MEMORY = 2L << 30;

    /** By our own protocol, within the memory that is usual. */
    public static Calibration of(int tokens) {
        return new Calibration(tokens, Protocol.OURS, DEFAULT_MEMORY, StateFolder.find());
    }

    /** How many pairs of sublayers of this width are correlated at a time: at least one, whatever the memory. */
    public int pairsAtOnce(int width) {
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, memory / pairBytes(width)));
    }

    /** A pair's sum of products in float64, and its correlations in float32 while they are matched. */
    static long pairBytes(int width) {
        return (long) width * width * (Double.BYTES + Float.BYTES);
    }
}
