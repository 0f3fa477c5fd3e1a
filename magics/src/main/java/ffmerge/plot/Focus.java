package ffmerge.plot;

import java.util.Arrays;

/**
 * The range of values that matters. A few ruined models would flatten all others: what is both far from the best, compared
 * with the rest, and plainly ruined lies beyond it.
 *
 * @param isClipped whether anything lies beyond
 */
record Focus(double least, double most, boolean isClipped) {
    /** How far from the best the rest reaches, as a multiple of how far its worst quarter begins. */
    private static final double REACH = 3;

    /** A picture that would be little larger for it isn't worth hiding anything. */
    private static final double GAIN = 1.6;

    /** @param values finite, any number of them but none */
    static Focus of(double[] values, boolean higherIsBetter) {
        double[] badness = Arrays.stream(values)
                .map(value -> higherIsBetter ? -value : value)
                .sorted()
                .toArray();
        int last = badness.length - 1;
        double best = badness[0];
        double quarter = badness[(int) Math.floor(0.75 * last)];
        double middle = badness[last / 2];
        double limit = quarter + REACH * (quarter - best);
        // a perplexity of twice, a score of half the usual
        double ruined = higherIsBetter ? middle / 2 : 2 * middle;
        double kept = Arrays.stream(badness)
                .filter(value -> value <= limit || value <= ruined)
                .max()
                .orElse(best);
        boolean isClipped = kept > best && badness[last] - best > GAIN * (kept - best);
        double worst = isClipped ? kept : badness[last];
        return higherIsBetter ? new Focus(-worst, -best, isClipped) : new Focus(best, worst, isClipped);
    }
}
