package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ffmerge.torch.ArrayMemory;
import ffmerge.torch.Kernels;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A weight in NF4 with double quantization (Dettmers et al. 2023), as bitsandbytes keeps it: 4.127 bits a
 * parameter. It is expanded where it is used and never kept so.
 *
 * @param shape of the weight, {@code [out, in]}
 * @param packed two values a byte, {@code [⌈elements / 2⌉]}
 * @param scales of blocks of 64 values, as 8-bit codes
 * @param scaleMaxima what blocks of 256 such codes are scaled by, float32
 * @param scaleMean what is added to all scales, a float32 scalar
 * @param tables what codes mean
 */
record Nf4(Shape shape, NDArray packed, NDArray scales, NDArray scaleMaxima, NDArray scaleMean, Tables tables) {
    private static final int BLOCK = 64;

    /** The same for all weights of a model: the values of each packed byte {@code [256, 2]} and of each scale's code {@code [256]}. */
    record Tables(NDArray pairs, NDArray codes) {
        static Tables create(NDManager manager) {
            List<NDArray> tables = Kernels.runAll(manager, true, "nf4_tables").stream()
                    .map(table -> onto(manager, table))
                    .toList();
            return new Tables(tables.get(0), tables.get(1));
        }

        private static NDArray onto(NDManager manager, NDArray table) {
            NDArray there = table.toDevice(manager.getDevice(), false);
            there.attach(manager);
            return there;
        }

        private Tables map(UnaryOperator<NDArray> of) {
            return new Tables(of.apply(pairs), of.apply(codes));
        }
    }

    /** Quantizes a weight, which stays as it is. */
    static Nf4 of(NDArray weight, Tables tables, NDManager manager) {
        // recorded, though nothing is: results of calls without gradient could never be part of one that has
        List<NDArray> parts = Kernels.runAll(manager, true, "nf4_quantize", weight, tables.pairs(), tables.codes());
        return new Nf4(weight.getShape(), parts.get(0), parts.get(1), parts.get(2), parts.get(3), tables);
    }

    /** The arrays by the names that kernels know. */
    Map<String, NDArray> parts() {
        return Map.of(
                "packed", packed,
                "scales", scales,
                "scale_maxima", scaleMaxima,
                "scale_mean", scaleMean,
                "pairs", tables.pairs,
                "codes", tables.codes);
    }

    /** Bytes that it holds, the tables that it shares left out. */
    long bytes() {
        return List.of(packed, scales, scaleMaxima, scaleMean).stream()
                .mapToLong(a -> a.size() * a.getDataType().getNumOfBytes())
                .sum();
    }

    /** Copies {@code into.remaining()} values from an element on; only their blocks are expanded. */
    void copyOut(long from, FloatBuffer into) {
        long first = from / BLOCK;
        long last = (from + into.remaining() + BLOCK - 1) / BLOCK;
        try (NDManager scope = packed.getManager().newSubManager();
                NDArray values = Kernels.run(scope, false, "nf4_values", parts(), first, last)) {
            ArrayMemory.copyOut(values, from - first * BLOCK, into);
        }
    }

    /** The same weight in other arrays. */
    Nf4 map(UnaryOperator<NDArray> of) {
        return new Nf4(
                shape, of.apply(packed), of.apply(scales), of.apply(scaleMaxima), of.apply(scaleMean), tables.map(of));
    }
}
