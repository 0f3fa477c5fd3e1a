package ffmerge.checkpoint;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What is known of a stored tensor without reading it.
 *
 * @param shape sizes of the axes, outermost first; empty for a scalar
 */
public record TensorSpec(String name, DType dtype, List<Long> shape) {
    public TensorSpec {
        shape = List.copyOf(shape);
    }

    /** @throws ArithmeticException if the product of the axes exceeds 2⁶³ */
    public long elements() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    /** @throws ArithmeticException if the size exceeds 2⁶³ */
    public long bytes() {
        // elements of less than a byte are packed
        return Math.addExact(Math.multiplyExact(elements(), dtype.bits()), Byte.SIZE - 1) / Byte.SIZE;
    }

    public TensorSpec as(DType other) {
        return new TensorSpec(name, other, shape);
    }

    public TensorSpec named(String other) {
        return new TensorSpec(other, dtype, shape);
    }

    /** {@code [1280, 5120]}. */
    public static String describe(List<Long> shape) {
        return shape.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
    }
}
