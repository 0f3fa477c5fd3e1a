package ffmerge.shrink;

/**
 * What making new weights takes.
 *
 * @param values that are read, reordered, added or rounded
 * @param multiplications of dense products and decompositions
 * @param bytes of memory beside the model at the peak
 */
public record Work(long values, double multiplications, long bytes) {
    public static final Work NONE = new Work(0, 0, 0);
}
