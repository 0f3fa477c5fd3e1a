package ffmerge.architecture;

import ffmerge.UserError;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A model's shape as far as merging needs it: which tensors it has and which of them make up the FF sublayers.
 *
 * @param family the family's name, {@code gpt2}
 * @param title the family's name as people write it, {@code GPT-2}
 * @param pass the name of the forward pass that its models have
 * @param settings what the forward pass asks the config for
 * @param tensors all of the model's tensors, in the order in which they are saved
 * @param ties tensors that it doesn't have, as they are the same as others
 * @param fused tensors of files that hold several of the model's
 */
public record Architecture(
        String family,
        String title,
        Task task,
        String pass,
        ModelConfig config,
        Settings settings,
        List<Stack> stacks,
        List<ModelTensor> tensors,
        List<Tie> ties,
        List<FusedTensor> fused) {
    /**
     * Two places of a model that have one tensor.
     *
     * @param tensor what it would be, were it a tensor of its own
     * @param role of the tensor that it is instead
     */
    public record Tie(ModelTensor tensor, String role) {}

    /** What a model of this family is for. */
    public enum Task {
        LANGUAGE_MODELLING,
        MASKED_LANGUAGE_MODELLING,
        IMAGE_CLASSIFICATION,
        SENTENCE_CLASSIFICATION,
        TRANSLATION
    }

    /** @throws UserError if no family knows the config's {@code model_type}, or a size is missing */
    public static Architecture of(ModelConfig config) {
        ArchitectureTable table = ArchitectureTable.of(config);
        return table.resolve(table.whole(config), Set.of());
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

    /** Whether a decoder attends to an encoder's output, besides to its own states. */
    public boolean attendsToSource() {
        return linearWeights().stream().anyMatch(AttentionTensor::isOfSource);
    }

    /** How wide the states between layers are, d_model. */
    public long modelWidth() {
        FeedForwardTensor tensor = stacks.get(0).feedForwards().get(0).tensors().get(0);
        return tensor.shape().get(tensor.axes().indexOf(FeedForwardTensor.MODEL));
    }

    /** @throws UserError if the config asks for what the family's forward pass doesn't do */
    public void requireSupported() {
        ArchitectureTable.of(config).requireSupported(config);
    }

    /** Whether a name in a file has no place in this architecture and isn't one that old files carry without need. */
    public boolean isUnknown(String name) {
        return tensors.stream().noneMatch(t -> t.spellings().contains(name))
                && ties.stream().noneMatch(t -> t.tensor().spellings().contains(name))
                && fused.stream().noneMatch(t -> t.spellings().contains(name))
                && !ArchitectureTable.of(config).isIgnored(name);
    }

    /** The name under which files of the family hold a tensor, or the one that it is a part of. */
    public String storedName(ModelTensor tensor) {
        return fused.stream()
                .filter(f -> f.parts().contains(tensor))
                .findFirst()
                .map(FusedTensor::name)
                .orElse(tensor.name());
    }

    /** @throws UserError if there is no such stack */
    public Stack stack(String name) {
        return stacks.stream()
                .filter(s -> s.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new UserError(title + " has no stack '" + name + "'; it has "
                        + stacks.stream().map(Stack::name).collect(Collectors.joining(" and "))));
    }

    /** How many layers each of these stacks has at least. */
    public int commonLayers(List<String> names) {
        return names.stream().mapToInt(name -> stack(name).layers()).min().orElseThrow();
    }

    /** @throws UserError if the stack has no such layer */
    public FeedForwardSublayer feedForward(String stack, int layer) {
        Stack of = stack(stack);
        requireLayer(of, layer);
        return of.feedForwards().stream()
                .filter(sublayer -> sublayer.layer() == layer)
                .findFirst()
                .orElseThrow(() -> new UserError("layer " + layer + " of the " + stack + " has no FF sublayer"));
    }

    /** How many tokens its config knows; 0 where it reads none. */
    public int vocabulary() {
        return config.has("vocab_size") ? config.size("vocab_size") : 0;
    }

    /** Whether a layer lacks a residual branch that the family's layers have. */
    public boolean lacks(String stack, int layer, Branch branch) {
        return LackedBranches.of(config).lacks(stack, layer, branch);
    }

    /** What of this model's shape the family's config can't say, in words; only asked where it has something of that kind. */
    public String peculiarity() {
        if (!LackedBranches.of(config).isEmpty()) {
            return "some of its layers lack sublayers";
        }
        long widths = stacks.stream().map(Stack::feedForwardWidth).distinct().count();
        return ArchitectureTable.of(config).hasOneFeedForwardWidth() && widths > 1
                ? "the FF sublayers of its stacks are not of one width"
                : "its attention is narrower than the model";
    }

    /**
     * The architecture without some residual branches.
     *
     * @throws UserError if a layer is not there or lacks its branch already, or no FF sublayer of the stack would be left
     */
    public Architecture without(Branch branch, String stack, List<Integer> layers) {
        Stack of = stack(stack);
        requireLayers(stack, layers);
        for (int layer : layers) {
            if (lacks(stack, layer, branch)) {
                throw new UserError("layer " + layer + " of the " + stack + " has no " + branch.label() + " sublayer");
            }
        }
        if (branch == Branch.FEED_FORWARD && of.feedForwards().size() == layers.size()) {
            throw new UserError("dropping all " + layers.size() + " FF sublayers of the " + stack + " leaves none");
        }
        return resolved(LackedBranches.of(config).with(stack, branch, layers).in(config))
                .withFactors(factored().stream()
                        .filter(sublayer -> branch != Branch.FEED_FORWARD
                                || !sublayer.stack().equals(stack)
                                || !layers.contains(sublayer.layer()))
                        .collect(Collectors.toSet()));
    }

    /**
     * The same of a file that holds tensors of their own where the config, or the family, says that there is but one.
     *
     * @param own names of tensors that ties would leave out
     */
    public Architecture untied(Set<String> own) {
        if (own.isEmpty()) {
            return this;
        }
        Set<String> present = tensors.stream().map(ModelTensor::name).collect(Collectors.toSet());
        present.addAll(own);
        return ArchitectureTable.of(config).resolve(ArchitectureTable.of(config).untied(config), present);
    }

    /** The sublayers whose outputs have factors in their places. */
    public Set<FeedForwardSublayer> factored() {
        return tensors.stream()
                .filter(t -> t.role().equals(FeedForwardTensor.FACTOR))
                .map(t -> feedForward(t.stack(), t.layer()))
                .collect(Collectors.toSet());
    }

    /** What the factors of a place are or would be. */
    public ModelTensor factor(FeedForwardSublayer sublayer) {
        String down = sublayer.tensor(FeedForwardTensor.DOWN).name();
        return tensors.stream()
                .filter(t -> t.name().equals(down))
                .findFirst()
                .orElseThrow()
                .factor();
    }

    /** The architecture in which the outputs of these sublayers and no others have factors in their places. */
    public Architecture withFactors(Set<FeedForwardSublayer> sublayers) {
        Map<String, ModelTensor> factors = new HashMap<>(); // by the weights that they stand behind
        sublayers.forEach(s -> factors.put(s.tensor(FeedForwardTensor.DOWN).name(), factor(s)));
        List<ModelTensor> all = new ArrayList<>();
        for (ModelTensor tensor : tensors) {
            if (!tensor.role().equals(FeedForwardTensor.FACTOR)) {
                all.add(tensor);
            }
            if (factors.containsKey(tensor.name())) {
                all.add(factors.get(tensor.name()));
            }
        }
        return new Architecture(family, title, task, pass, config, settings, stacks, List.copyOf(all), ties, fused);
    }

    /** @throws UserError if one of the layers is not there */
    public void requireLayers(String stack, List<Integer> layers) {
        layers.forEach(layer -> requireLayer(stack(stack), layer));
    }

    private static void requireLayer(Stack stack, int layer) {
        if (layer < 0 || layer >= stack.layers()) {
            throw new UserError("there is no layer " + layer + ": the " + stack.name() + " has layers 0 to "
                    + (stack.layers() - 1));
        }
    }

    /** The architecture with another number of layers in one stack, none of which lacks anything or has factors. */
    public Architecture withLayers(String stack, int layers) {
        return resolved(LackedBranches.of(config)
                .keeping(stack, List.of())
                .in(LayerKinds.unlisted(settings).with(layersKeys(stack), layers)));
    }

    /**
     * The architecture in which some layers of a stack are left, counted anew.
     *
     * @param kept in order
     * @throws UserError if one of them is not there
     */
    public Architecture keeping(String stack, List<Integer> kept) {
        requireLayers(stack, kept);
        ModelConfig ofThese = LayerKinds.keeping(settings, stack(stack).layers(), kept);
        return resolved(
                LackedBranches.of(config).keeping(stack, kept).in(ofThese.with(layersKeys(stack), kept.size())));
    }

    /** The architecture in which the FF sublayers of a stack have another number of units. */
    public Architecture withFeedForwardWidth(String stack, int width) {
        return withItsFactors(resolved(ArchitectureTable.of(config).withFeedForwardWidth(stack, width, config)));
    }

    /**
     * The heads of a stack's attention sublayers.
     *
     * @throws UserError if they can't be grouped
     */
    public AttentionHeads heads(String stack) {
        return ArchitectureTable.of(config).heads(stack, config);
    }

    /** @throws UserError if heads of a stack can't stand in another order in one layer */
    public void requireFreeHeads(String stack) {
        ArchitectureTable.of(config).requireFreeHeads(stack, config);
    }

    /** Dimensions of all heads of queries of a stack's attention sublayers, whether or not heads can be told apart. */
    public long queriesWidth(String stack) {
        return ArchitectureTable.of(config).queriesWidth(stack, config);
    }

    /** The architecture in which the attention sublayers of a stack have fewer groups of heads. */
    public Architecture withHeadGroups(String stack, int groups) {
        return withItsFactors(resolved(ArchitectureTable.of(config).withHeadGroups(stack, groups, config)));
    }

    /** The tensors that heads have a part of, of one layer; none where it lacks attention. */
    public List<AttentionTensor> attention(String stack, int layer) {
        return ArchitectureTable.of(config).attention(stack, layer, tensors);
    }

    /**
     * The attention sublayer of a layer that looks at the layer's own states, not at an encoder's.
     *
     * @throws UserError if there is no such layer, it lacks attention, or the family's heads can't be told apart
     */
    public AttentionSublayer attentionSublayer(String stack, int layer) {
        requireLayer(stack(stack), layer);
        Map<Boolean, List<AttentionTensor>> ofHeads = attention(stack, layer).stream()
                .filter(each -> each.sublayer().isEmpty())
                .collect(Collectors.partitioningBy(AttentionTensor::isNorm));
        if (lacks(stack, layer, Branch.ATTENTION)) {
            throw new UserError("layer " + layer + " of the " + stack + " has no attention sublayer");
        }
        List<AttentionTensor> maps = new ArrayList<>(ofHeads.get(false));
        tensors.stream()
                .filter(t -> stack.equals(t.stack())
                        && t.layer() == layer
                        && t.role().equals("attention-out-bias"))
                .forEach(t -> maps.add(new AttentionTensor(t, AttentionTensor.NONE)));
        return new AttentionSublayer(stack, layer, heads(stack), List.copyOf(maps), List.copyOf(ofHeads.get(true)));
    }

    /** Another shape of the same layers, with factors in the places where this one has them. */
    private Architecture withItsFactors(Architecture other) {
        return other.withFactors(factored().stream()
                .map(sublayer -> other.feedForward(sublayer.stack(), sublayer.layer()))
                .collect(Collectors.toSet()));
    }

    /** The keys of the config that hold a stack's number of layers. */
    private List<String> layersKeys(String stack) {
        return stack(stack).layersKeys().stream().filter(config::has).toList();
    }

    /** The architecture of another config, with the tensors of their own that this one has, without factors. */
    private Architecture resolved(ModelConfig changed) {
        Set<String> own = tensors.stream()
                .filter(t -> t.stack() == null)
                .map(ModelTensor::name)
                .collect(Collectors.toSet());
        return ArchitectureTable.of(changed).resolve(changed, own);
    }
}
