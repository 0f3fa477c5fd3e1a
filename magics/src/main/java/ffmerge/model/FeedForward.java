package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.torch.ArrayMemory;
import ffmerge.torch.Kernels;
import ffmerge.torch.Precision;
import java.util.Map;
import java.util.Optional;

/** An FF sublayer as a function of its own, apart from the layers around it; without dropout. */
public final class FeedForward {
    private final Linear up;
    /** Null where units have no gates. */
    private final Linear gate;

    private final Linear down;
    private final String activation;

    private FeedForward(Linear up, Linear gate, Linear down, Architecture architecture) {
        this.up = up;
        this.gate = gate;
        this.down = down;
        this.activation = Activation.of(architecture.settings());
    }

    /** A model's own, with the adapters and factors that it has there; valid while the model is open. */
    public static FeedForward of(TransformerModel model, FeedForwardSublayer sublayer) {
        LayerWeights w = new LayerWeights(model.parameters(), sublayer.stack(), sublayer.layer(), null);
        return new FeedForward(
                w.linear(FeedForwardTensor.UP),
                sublayer.isGated() ? w.linear(FeedForwardTensor.GATE) : null,
                w.linear(FeedForwardTensor.DOWN),
                model.architecture());
    }

    /**
     * One of the same shape with other values.
     *
     * @param values of each tensor by its role, as files have them
     * @param scope of the arrays
     */
    public static FeedForward of(
            Architecture architecture, FeedForwardSublayer like, Map<String, float[]> values, NDManager scope) {
        return new FeedForward(
                linear(like, FeedForwardTensor.UP, values, scope),
                like.isGated() ? linear(like, FeedForwardTensor.GATE, values, scope) : null,
                linear(like, FeedForwardTensor.DOWN, values, scope),
                architecture);
    }

    private static Linear linear(FeedForwardSublayer like, String role, Map<String, float[]> values, NDManager scope) {
        FeedForwardTensor weight = like.tensor(role);
        String bias = role + FeedForwardTensor.BIAS;
        return Linear.of(
                new FloatWeight(array(weight, values.get(role), scope), Precision.FLOAT32, weight.inputsFirst()),
                like.has(bias) ? Optional.of(array(like.tensor(bias), values.get(bias), scope)) : Optional.empty());
    }

    private static NDArray array(FeedForwardTensor tensor, float[] values, NDManager scope) {
        return ArrayMemory.create(scope, Parameters.shape(tensor.shape()), Precision.FLOAT32, values);
    }

    /** What the down-projection reads of inputs {@code [rows, model]}: {@code [rows, units]} in float32. */
    public NDArray units(NDArray x, NDManager scope) {
        try (NDManager inner = scope.newSubManager()) {
            NDArray ups = Kernels.run(inner, false, "linear", x, up.parts(false));
            NDArray units = gate == null
                    ? Kernels.run(inner, false, "activation", ups, activation)
                    : Kernels.run(
                            inner,
                            false,
                            "gated_product",
                            ups,
                            Kernels.run(inner, false, "linear", x, gate.parts(false)),
                            activation);
            return Kernels.run(scope, false, "float32", units);
        }
    }

    /** What comes out for such units: {@code [rows, model]} in float32. */
    public NDArray output(NDArray units, NDManager scope) {
        try (NDArray output = Kernels.run(scope, false, "linear", units, down.parts(false))) {
            return Kernels.run(scope, false, "float32", output);
        }
    }
}
