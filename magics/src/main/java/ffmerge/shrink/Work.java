package ffmerge.shrink;

/**
 * What making new weights takes on the processor.
 *
 * @param read values that are read, reordered and added
 * @param made values that are new in float32, all of them held at a time
 * @param summed values of the largest sum in float64
 * @param multiplications of dense products and decompositions
 */
public record Work(long read, long made, long summed, double multiplications) {
    public static final Work NONE = new Work(0, 0, 0, 0);

    public Work plus(Work other) {
        return new Work(
                read + other.read,
                made + other.made,
                Math.max(summed, other.summed),
                multiplications + other.multiplications);
    }
}
