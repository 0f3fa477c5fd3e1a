package ffmerge.shrink;

/**
 * What making new weights takes.
 *
 * @param values that are read, reordered, added or rounded
 * @param multiplications of dense products and decompositions
 * @param bytes of memory beside the model at the peak
 * @param multiplicationsOfRow of dense products, once more for each row of activations
 */
public record Work(long values, double multiplications, long bytes, double multiplicationsOfRow) {
    public static final Work NONE = new Work(0, 0, 0);

    /** Work that depends on no activations. */
    public Work(long values, double multiplications, long bytes) {
        this(values, multiplications, bytes, 0);
    }

    /** All multiplications over so many rows. */
    public double multiplications(long rows) {
        return multiplications + rows * multiplicationsOfRow;
    }

    /** One after the other. */
    Work plus(Work next) {
        return new Work(
                values + next.values,
                multiplications + next.multiplications,
                Math.max(bytes, next.bytes),
                multiplicationsOfRow + next.multiplicationsOfRow);
    }
}
