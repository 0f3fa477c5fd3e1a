package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ffmerge.checkpoint.DType;
import ffmerge.torch.ArrayMemory;
import ffmerge.torch.Kernels;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A weight in NF4 with double quantization (Dettmers et al. 2023), as bitsandbytes keeps it: 4.127 bits a
 * parameter. It is expanded where it is used and never kept so.
 *
 * @param shape of the weight as files have it
 * @param inputsFirst whether that is {@code [in, out]}; what is packed is {@code [out, in]}, row by row, in any case
 * @param packed two values a byte, {@code [⌈elements / 2⌉]}
 * @param scales of blocks of 64 values, as 8-bit codes
 * @param scaleMaxima what blocks of 256 such codes are scaled by, float32
 * @param scaleMean what is added to all scales, a float32 scalar
 * @param tables what codes mean
 */
record Nf4(
        Shape shape,
        boolean inputsFirst,
        NDArray packed,
        NDArray scales,
        NDArray scaleMaxima,
        NDArray scaleMean,
        Tables tables)
        implements Weight {
    static final WeightForm FORM = new Form();

    private static final int BLOCK = 64;
    private static final int CODES_AT_A_TIME = 256;

    private static final class Form extends WeightForm {
        Form() {
            super("nf4", "NF4", "4.127 bits a parameter");
        }

        /** Two values a byte, a code for each block of 64, a float32 for each 256 codes and one for their mean. */
        @Override
        public List<Part> parts(long outputs, long inputs) {
            long values = outputs * inputs;
            long blocks = ceil(values, BLOCK);
            return List.of(
                    new Part("packed", DType.U8, List.of(ceil(values, 2))),
                    new Part("scales", DType.U8, List.of(blocks)),
                    new Part("scale_maxima", DType.F32, List.of(ceil(blocks, CODES_AT_A_TIME))),
                    new Part("scale_mean", DType.F32, List.of()));
        }

        private static long ceil(long dividend, long divisor) {
            return (dividend + divisor - 1) / divisor;
        }

        @Override
        public boolean isExpanded() {
            return true;
        }

        @Override
        Packing packing(NDManager manager) {
            Tables tables = Tables.create(manager);
            return new Packing() {
                @Override
                public Weight rounded(NDArray weight, boolean inputsFirst) {
                    return Nf4.of(weight, inputsFirst, tables, manager);
                }

                @Override
                public Weight of(Map<String, NDArray> parts, Shape shape, boolean inputsFirst) {
                    return new Nf4(
                            shape,
                            inputsFirst,
                            parts.get("packed"),
                            parts.get("scales"),
                            parts.get("scale_maxima"),
                            parts.get("scale_mean"),
                            tables);
                }
            };
        }
    }

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
    static Nf4 of(NDArray weight, boolean inputsFirst, Tables tables, NDManager manager) {
        // recorded, though nothing is: results of calls without gradient could never be part of one that has
        List<NDArray> parts =
                Kernels.runAll(manager, true, "nf4_quantize", weight, inputsFirst, tables.pairs(), tables.codes());
        return new Nf4(weight.getShape(), inputsFirst, parts.get(0), parts.get(1), parts.get(2), parts.get(3), tables);
    }

    @Override
    public Optional<WeightForm> form() {
        return Optional.of(FORM);
    }

    @Override
    public NDArray array() {
        return packed;
    }

    @Override
    public Map<String, NDArray> parts() {
        return Map.of(
                "packed", packed,
                "scales", scales,
                "scale_maxima", scaleMaxima,
                "scale_mean", scaleMean,
                "pairs", tables.pairs,
                "codes", tables.codes);
    }

    @Override
    public long bytes() {
        return List.of(packed, scales, scaleMaxima, scaleMean).stream()
                .mapToLong(a -> a.size() * a.getDataType().getNumOfBytes())
                .sum();
    }

    /** Only the blocks that are asked for are expanded. */
    @Override
    public void copyOut(long from, FloatBuffer into) {
        if (inputsFirst) {
            copyOutTurned(from, into);
            return;
        }
        long first = from / BLOCK;
        long last = (from + into.remaining() + BLOCK - 1) / BLOCK;
        try (NDManager scope = packed.getManager().newSubManager();
                NDArray values = Kernels.run(scope, false, "nf4_values", parts(), first, last)) {
            ArrayMemory.copyOut(values, from - first * BLOCK, into);
        }
    }

    private void copyOutTurned(long from, FloatBuffer into) {
        try (NDManager scope = packed.getManager().newSubManager();
                NDArray values = Kernels.run(
                        scope,
                        false,
                        "nf4_turned_values",
                        parts(),
                        shape.get(0),
                        shape.get(1),
                        from,
                        into.remaining())) {
            ArrayMemory.copyOut(values, 0, into);
        }
    }

    @Override
    public Nf4 map(UnaryOperator<NDArray> of) {
        return new Nf4(
                shape,
                inputsFirst,
                of.apply(packed),
                of.apply(scales),
                of.apply(scaleMaxima),
                of.apply(scaleMean),
                tables.map(of));
    }
}
