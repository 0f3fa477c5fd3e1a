package ffmerge.align;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.correlation.CorrelationMatrix;
import ffmerge.model.TransformerModel;
import ffmerge.torch.ArrayMemory;
import ffmerge.torch.Kernels;
import ffmerge.torch.Precision;

/** What the weights of units say of which goes with which, without any data. */
final class UnitWeights {
    private UnitWeights() {}

    /**
     * The products of each of the anchor's units with each of the other's: {@code C = V_a V_iᵀ}, where a unit's row of V is
     * its up row, its gate row and its down column, one after the other; in float64.
     */
    static CorrelationMatrix products(TransformerModel model, Aligner.LayerPair pair) {
        Checkpoint weights = model.checkpoint();
        FeedForwardSublayer anchor = model.architecture().feedForward(pair.stack(), pair.anchor());
        FeedForwardSublayer other = model.architecture().feedForward(pair.stack(), pair.layer());
        try (NDManager scope = model.newScope()) {
            NDArray sum = scope.zeros(new Shape(anchor.width(), other.width()), DataType.FLOAT64);
            for (FeedForwardTensor tensor : anchor.tensors()) {
                if (tensor.shape().size() == 2) {
                    try (NDArray x = array(weights, tensor, scope);
                            NDArray y = array(weights, other.tensor(tensor.role()), scope)) {
                        boolean unitsFirst = tensor.axes().get(0).equals(FeedForwardTensor.HIDDEN);
                        Kernels.execute("add_unit_products", sum, x, y, unitsFirst);
                    }
                }
            }
            NDArray products = Kernels.run(scope, false, "float32", sum);
            return new CorrelationMatrix(anchor.width(), products.toFloatArray());
        }
    }

    /** In float32, whatever the weights are held in. */
    private static NDArray array(Checkpoint weights, FeedForwardTensor tensor, NDManager scope) {
        long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
        return ArrayMemory.create(
                scope, new Shape(shape), Precision.FLOAT32, (from, into) -> weights.read(tensor.name(), from, into));
    }
}
