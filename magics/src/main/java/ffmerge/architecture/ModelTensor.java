package ffmerge.architecture;

import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.TensorSpec;
import java.util.List;

/**
 * A tensor that a model of this architecture has.
 *
 * @param name the name that transformers saves it under
 * @param spellings all names it may have in a file, {@code name} first
 * @param stack the stack of its layer, or null where it belongs to none
 * @param layer its layer, or -1
 */
public record ModelTensor(String name, List<String> spellings, List<Long> shape, String stack, int layer) {
    public TensorSpec spec(DType dtype) {
        return new TensorSpec(name, dtype, shape);
    }

    public long elements() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }
}
