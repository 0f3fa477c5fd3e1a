package ffmerge.architecture;

import ffmerge.UserError;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A model's shape as far as merging needs it: which tensors it has and which of them make up the FF sublayers.
 *
 * @param family the family's name, {@code gpt2}
 * @param title the family's name as people write it, {@code GPT-2}
 * @param tensors all of the model's tensors, in the order in which they are saved
 */
public record Architecture(
        String family, String title, Task task, ModelConfig config, List<Stack> stacks, List<ModelTensor> tensors) {
    /** What a model of this family is for. */
    public enum Task {
        LANGUAGE_MODELLING,
        IMAGE_CLASSIFICATION,
        TRANSLATION
    }

    /** @throws UserError if no family knows the config's {@code model_type}, or a size is missing */
    public static Architecture of(ModelConfig config) {
        return ArchitectureTable.of(config).resolve(config);
    }

    /** Parameters counted by shape, each of them once a place: what a model without ties holds. */
    public long parameters() {
        return tensors.stream()
                .filter(ModelTensor::isParameter)
                .mapToLong(ModelTensor::elements)
                .sum();
    }

    /** The weights of the linear maps of layers: all matrices but embeddings and head. */
    public List<ModelTensor> linearWeights() {
        return tensors.stream()
                .filter(t -> t.layer() >= 0 && t.shape().size() == 2 && t.kind() == ModelTensor.Kind.LEARNED)
                .toList();
    }

    /** How wide the states between layers are, d_model. */
    public long modelWidth() {
        FeedForwardTensor tensor = stacks.get(0).feedForwards().get(0).tensors().get(0);
        return tensor.shape().get(tensor.axes().indexOf(FeedForwardTensor.MODEL));
    }

    /** Whether a name in a file has no place in this architecture and isn't one that old files carry without need. */
    public boolean isUnknown(String name) {
        return tensors.stream().noneMatch(t -> t.spellings().contains(name))
                && !ArchitectureTable.of(config).isIgnored(name);
    }

    /** @throws UserError if there is no such stack */
    public Stack stack(String name) {
        return stacks.stream()
                .filter(s -> s.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new UserError(title + " has no stack '" + name + "'; it has "
                        + stacks.stream().map(Stack::name).collect(Collectors.joining(" and "))));
    }

    /** @throws UserError if the stack has no such layer */
    public FeedForwardSublayer feedForward(String stack, int layer) {
        Stack of = stack(stack);
        if (layer < 0 || layer >= of.layers()) {
            throw new UserError(
                    "there is no layer " + layer + ": the " + stack + " has layers 0 to " + (of.layers() - 1));
        }
        return of.feedForwards().get(layer);
    }

    /** The architecture with another number of layers in one stack. */
    public Architecture withLayers(String stack, int layers) {
        ModelConfig changed = config;
        for (String key : stack(stack).layersKeys()) {
            if (config.has(key)) {
                changed = changed.with(key, layers);
            }
        }
        return of(changed);
    }
}
