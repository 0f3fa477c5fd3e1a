package ffmerge.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * Arrays of plain numbers in memory that is libtorch's own. What {@code NDManager.create} makes lies in a Java buffer, which
 * the collector may take as soon as the NDArray is closed. A graph that is still to be run backward keeps the tensor, not
 * the buffer: gradients of embeddings, losses and masked attention would then be computed from whatever lies there.
 */
public final class Inputs {
    private Inputs() {}

    public static NDArray of(long[] values, Shape shape, NDManager scope) {
        return owned(scope.create(values, shape));
    }

    public static NDArray of(boolean[] values, Shape shape, NDManager scope) {
        return owned(scope.create(values, shape));
    }

    private static NDArray owned(NDArray lent) {
        try (lent) {
            return lent.duplicate();
        }
    }
}
