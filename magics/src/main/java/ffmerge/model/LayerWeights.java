package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ffmerge.architecture.Branch;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What one layer has learned, by its tensors' roles in the forward pass.
 *
 * @param stack null for what belongs to no layer
 * @param kind of the norms
 */
record LayerWeights(Parameters parameters, String stack, int layer, Norm.Kind kind) {
    /** What a model has learned outside of its layers. */
    static LayerWeights outside(Parameters parameters, Norm.Kind kind) {
        return new LayerWeights(parameters, null, -1, kind);
    }

    /** The array of this role, which is no linear map's of a layer. */
    NDArray array(String role) {
        return parameters.get(name(role));
    }

    /** What makes scores of the last states: a map of its own, or the embedding's, [vocabulary, model], once more. */
    Linear head(NDArray tokens) {
        Optional<NDArray> bias = bias(has("own-head-bias") ? "own-head" : "head");
        return has("head")
                ? parameters.linear(name("head"), bias, Optional.empty())
                : Linear.of(ArrayCheckpoint.weight(tokens), bias);
    }

    boolean has(String role) {
        return parameters.find(stack, layer, role).isPresent();
    }

    /** The map of this role, with its bias and adapter. */
    Linear linear(String role) {
        return parameters.linear(
                name(role),
                bias(role),
                parameters.find(stack, layer, role + "-factor").map(Weight::array));
    }

    private String name(String role) {
        return parameters
                .name(stack, layer, role)
                .orElseThrow(
                        () -> new IllegalStateException("the family's table has no tensor of the role '" + role + "'"));
    }

    private Optional<NDArray> bias(String role) {
        return parameters
                .find(stack, layer, role + "-bias")
                .map(Weight::array)
                .map(array -> array.getShape().dimension() == 1 ? array : array.reshape(array.size()));
    }

    /** Whether the layer has the residual branch, which a model may lack. */
    boolean has(Branch branch) {
        return !parameters.architecture().lacks(stack, layer, branch);
    }

    /** The norm of this role, without gain and bias where it has none. */
    Norm norm(String role) {
        return Norm.of(kind, parameters.find(stack, layer, role).map(Weight::array), bias(role));
    }

    /** The norm of queries or of keys, over all heads or one over each, with one gain or each its own; none where there is none. */
    Norm headNorm(String role) {
        List<NDArray> gains = IntStream.iterate(0, head -> has(role + "-" + head), head -> head + 1)
                .mapToObj(head -> array(role + "-" + head))
                .toList();
        return gains.isEmpty() ? normIfAny(role) : Norm.ofEach(kind, gains);
    }

    /** The norm of this role, or none where the family has none there. */
    Norm normIfAny(String role) {
        return has(role) ? norm(role) : Norm.NONE;
    }
}
