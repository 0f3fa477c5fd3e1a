package ffmerge.activation;

/**
 * How much is recorded and which rows count.
 *
 * @param rows of each sublayer, at least, as far as there are so many
 * @param wholeBatches whether the batch that reaches {@code rows} counts as a whole; else it is cut
 * @param padding whether padded places give rows too
 * @param firstStackCounts whether the rows of the model's first stack alone say when there are enough; else each stack
 *     is counted for itself
 */
public record Extent(int rows, boolean wholeBatches, boolean padding, boolean firstStackCounts) {
    /** Exactly so many rows of each stack, none of them padding. */
    public static Extent exactly(int rows) {
        return new Extent(rows, false, false, false);
    }
}
