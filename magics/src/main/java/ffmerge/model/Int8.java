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
 * A weight in integers of 8 bits, each output channel scaled by its largest magnitude over 127. Its products are done in
 * floats; or in integers (LLM.int8, Dettmers et al. 2022): of what comes in, columns that hold a value of 6 or more stay in
 * floats, and the rows of the rest are rounded as the weight is.
 *
 * @param kind what its products are done in
 * @param shape of the weight as files have it
 * @param inputsFirst whether that is {@code [in, out]}; the integers are {@code [out, in]} in any case
 * @param integers −127 … 127
 * @param scales what the integers of each output channel are multiplied by, float32 {@code [out]}
 */
record Int8(Form kind, Shape shape, boolean inputsFirst, NDArray integers, NDArray scales) implements Weight {
    /** LLM.int8. */
    static final Form FORM = new Form("int8", "LLM.int8", "integers", false);
    /** Products in floats. */
    static final Form WEIGHT_FORM = new Form("int8-weight", "int8 weights", "rounded", true);

    private static final String SCALES = "row_scales";

    static final class Form extends WeightForm {
        private final String integers;
        private final boolean quotients;

        /**
         * @param integers what kernels, and files, call them: by that they know what products are done in
         * @param quotients whether weights are divided by their scale, as the definition has it; else multiplied by its
         *     inverse, as bitsandbytes does: in float32 the two are on different sides of some halves
         */
        Form(String label, String title, String integers, boolean quotients) {
            super(label, title, "8 bits a parameter");
            this.integers = integers;
            this.quotients = quotients;
        }

        @Override
        public List<Part> parts(long outputs, long inputs) {
            return List.of(
                    new Part(integers, DType.I8, List.of(outputs, inputs)),
                    new Part(SCALES, DType.F32, List.of(outputs)));
        }

        @Override
        public boolean isExpanded() {
            return true;
        }

        @Override
        Packing packing(NDManager manager) {
            return new Packing() {
                @Override
                public Weight rounded(NDArray weight, boolean inputsFirst) {
                    // recorded, though nothing is: results of calls without gradient could never be part of one that
                    // has
                    List<NDArray> made = Kernels.runAll(manager, true, "int8_quantize", weight, inputsFirst, quotients);
                    return new Int8(Form.this, weight.getShape(), inputsFirst, made.get(0), made.get(1));
                }

                @Override
                public Weight of(Map<String, NDArray> parts, Shape shape, boolean inputsFirst) {
                    return new Int8(Form.this, shape, inputsFirst, parts.get(integers), parts.get(SCALES));
                }
            };
        }
    }

    @Override
    public Optional<WeightForm> form() {
        return Optional.of(kind);
    }

    @Override
    public NDArray array() {
        return integers;
    }

    @Override
    public Map<String, NDArray> parts() {
        return Map.of(kind.integers, integers, SCALES, scales);
    }

    @Override
    public long bytes() {
        return integers.size() + scales.size() * Float.BYTES;
    }

    @Override
    public void copyOut(long from, FloatBuffer into) {
        try (NDManager scope = integers.getManager().newSubManager();
                NDArray values = Kernels.run(
                        scope, false, "int8_values", integers, scales, inputsFirst, from, into.remaining())) {
            ArrayMemory.copyOut(values, 0, into);
        }
    }

    @Override
    public Int8 map(UnaryOperator<NDArray> of) {
        return new Int8(kind, shape, inputsFirst, of.apply(integers), of.apply(scales));
    }
}
