package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.ModelTensor;
import ffmerge.torch.ArrayMemory;
import ffmerge.torch.Kernels;
import ffmerge.torch.Precision;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Makes adapters, and factors where places get weights of their own, part of float32 weights. */
final class Folding {
    private final Parameters parameters;
    private final boolean untie;
    private final NDManager manager;
    private final Set<ModelTensor> linear;
    private final UnaryOperator<Weight> wide;
    private final Map<Weight, Weight> made = new IdentityHashMap<>();

    /** @param untie whether places of a tied weight each get their own */
    Folding(Parameters parameters, boolean untie, NDManager manager) {
        this.parameters = parameters;
        this.untie = untie;
        this.manager = manager;
        linear = Set.copyOf(parameters.architecture().linearWeights());
        boolean narrow = parameters.precision() != Precision.FLOAT32;
        wide = Parameters.once(weight -> narrow
                ? Parameters.wide(weight, array -> ArrayMemory.copy(array, Precision.FLOAT32, manager))
                : weight.map(array -> Parameters.share(array, manager)));
    }

    /** Of what comes out: factors are gone where places have weights of their own. */
    Architecture architecture() {
        return untie ? parameters.architecture().withFactors(Set.of()) : parameters.architecture();
    }

    Map<String, Weight> weights() {
        Map<String, Weight> folded = new LinkedHashMap<>();
        architecture().tensors().forEach(tensor -> folded.put(tensor.name(), weight(tensor)));
        return folded;
    }

    private Weight weight(ModelTensor tensor) {
        Weight held = parameters.weight(tensor.name());
        Optional<NDArray> factor = factor(tensor);
        if (factor.isPresent() && tensor.role().equals(FeedForwardTensor.DOWN + FeedForwardTensor.BIAS)) {
            return ArrayCheckpoint.weight(Kernels.run(manager, true, "times", held.array(), factor.get()));
        }
        if (!linear.contains(tensor)) {
            return wide.apply(held);
        }
        Linear map = parameters.linear(tensor.name(), Optional.empty(), factor);
        if (!map.isFoldable()) {
            return wide.apply(held);
        }
        return untie ? folded(tensor, map) : made.computeIfAbsent(held, weight -> folded(tensor, map));
    }

    /** What a down-projection's outputs are multiplied by, where that becomes part of its weight and bias. */
    private Optional<NDArray> factor(ModelTensor tensor) {
        boolean ofDown = tensor.role().equals(FeedForwardTensor.DOWN)
                || tensor.role().equals(FeedForwardTensor.DOWN + FeedForwardTensor.BIAS);
        return untie && ofDown
                ? parameters
                        .find(tensor.stack(), tensor.layer(), FeedForwardTensor.FACTOR)
                        .map(Weight::array)
                : Optional.empty();
    }

    private Weight folded(ModelTensor tensor, Linear map) {
        NDArray array = map.folded(tensor.inputs(), tensor.inputsFirst(), manager);
        return new FloatWeight(array, Precision.FLOAT32, tensor.inputsFirst());
    }
}
