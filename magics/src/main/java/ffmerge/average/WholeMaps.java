package ffmerge.average;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.merge.OrderedSublayer;
import ffmerge.torch.ArrayMemory;
import ffmerge.torch.Kernels;
import ffmerge.torch.Precision;
import java.util.Map;

/** Linear maps of FF sublayers as matrices in float64: {@code [out, in]}, a bias behind as one column more. */
final class WholeMaps {
    private WholeMaps() {}

    /** Whether a map has a bias. */
    static boolean hasBias(FeedForwardSublayer sublayer, String role) {
        return sublayer.has(role + FeedForwardTensor.BIAS);
    }

    /** A map of a sublayer with its units in order. */
    static NDArray of(OrderedSublayer ordered, String role, NDManager scope) {
        FeedForwardSublayer sublayer = ordered.sublayer();
        FeedForwardTensor weight = sublayer.tensor(role);
        String bias = role + FeedForwardTensor.BIAS;
        return of(
                sublayer,
                role,
                ordered.values(weight),
                sublayer.has(bias) ? ordered.values(sublayer.tensor(bias)) : null,
                scope);
    }

    /** The weight of a map alone, without its bias. */
    static NDArray weight(OrderedSublayer ordered, String role, NDManager scope) {
        return of(ordered.sublayer(), role, ordered.values(ordered.sublayer().tensor(role)), null, scope);
    }

    /** A map of merged values, by role. */
    static NDArray of(FeedForwardSublayer like, String role, Map<String, float[]> values, NDManager scope) {
        return of(like, role, values.get(role), values.get(role + FeedForwardTensor.BIAS), scope);
    }

    private static NDArray of(FeedForwardSublayer like, String role, float[] weight, float[] bias, NDManager scope) {
        FeedForwardTensor tensor = like.tensor(role);
        try (NDManager inner = scope.newSubManager()) {
            NDArray w = ArrayMemory.create(
                    inner, new Shape(tensor.shape().get(0), tensor.shape().get(1)), Precision.FLOAT32, weight);
            NDArray whole = Kernels.run(inner, false, "whole_map", w, tensor.inputsFirst());
            if (bias != null) {
                NDArray column = ArrayMemory.create(inner, new Shape(bias.length), Precision.FLOAT32, bias);
                whole = Kernels.run(inner, false, "with_bias", whole, column);
            }
            whole.attach(scope);
            return whole;
        }
    }

    /** Puts a map's weight, and its bias if it has one, among values by role. */
    static void into(Map<String, float[]> values, FeedForwardSublayer like, String role, NDArray whole) {
        FeedForwardTensor tensor = like.tensor(role);
        long inputs = tensor.shape().get(tensor.inputsFirst() ? 0 : 1);
        try (NDManager inner = whole.getManager().newSubManager()) {
            values.put(
                    role,
                    Kernels.run(inner, false, "map_weight", whole, inputs, tensor.inputsFirst())
                            .toFloatArray());
            if (hasBias(like, role)) {
                values.put(
                        role + FeedForwardTensor.BIAS,
                        Kernels.run(inner, false, "map_bias", whole).toFloatArray());
            }
        }
    }

    /** A matrix of zeros in float64. */
    static NDArray zeros(NDManager scope, long... sizes) {
        return scope.zeros(new Shape(sizes), DataType.FLOAT64);
    }
}
