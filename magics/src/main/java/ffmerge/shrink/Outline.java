package ffmerge.shrink;

import ffmerge.adapter.AdapterSettings;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Branch;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.ModelTensor;
import ffmerge.architecture.Stack;
import ffmerge.checkpoint.Ties;
import ffmerge.model.Parameters;
import ffmerge.model.TransformerModel;
import ffmerge.model.WeightForm;
import ffmerge.result.Removed;
import ffmerge.result.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A model without its values: what it would hold in memory.
 *
 * @param ties which names stand for the same parameter
 * @param bytesByName of each weight, however it is held
 * @param form in which linear maps are held; empty where all weights are floats
 * @param adapters beside the weights
 */
public record Outline(
        Architecture architecture,
        Ties ties,
        Map<String, Long> bytesByName,
        Optional<WeightForm> form,
        Adapters adapters) {
    /**
     * What a model's adapters are, as far as its size depends on them.
     *
     * @param parameters that they have
     * @param differ whether places that share a weight have other ones, or factors
     * @param foldable the names of tensors that folding makes anew
     * @param adapted the names of weights that carry one
     * @param settings what they are like; empty where there are none
     */
    public record Adapters(
            long parameters,
            boolean differ,
            Set<String> foldable,
            Set<String> adapted,
            Optional<AdapterSettings> settings) {
        public static final Adapters NONE = new Adapters(0, false, Set.of(), Set.of(), Optional.empty());

        public Adapters {
            foldable = Set.copyOf(foldable);
            adapted = Set.copyOf(adapted);
        }

        public boolean isEmpty() {
            return adapted.isEmpty();
        }

        /** The same of a model whose weights have other names. */
        private Adapters renamed(Map<String, String> oldNames) {
            return new Adapters(
                    parameters, differ, newNames(foldable, oldNames), newNames(adapted, oldNames), settings);
        }

        private static Set<String> newNames(Set<String> old, Map<String, String> oldNames) {
            return oldNames.entrySet().stream()
                    .filter(names -> old.contains(names.getValue()))
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
        }
    }

    public Outline {
        bytesByName = Map.copyOf(bytesByName);
    }

    public static Outline of(TransformerModel model) {
        Parameters parameters = model.parameters();
        Map<String, Long> bytes = new HashMap<>();
        model.architecture().tensors().forEach(tensor -> bytes.put(tensor.name(), parameters.bytes(tensor.name())));
        Outline weights = new Outline(model.architecture(), parameters.ties(), bytes, parameters.form(), Adapters.NONE);
        boolean differ = parameters.hasDifferingAdapters() || parameters.hasFactors();
        long added = parameters.uniqueCount() - weights.parameters();
        return new Outline(
                weights.architecture,
                weights.ties,
                bytes,
                weights.form,
                new Adapters(added, differ, parameters.foldable(), parameters.adapted(), parameters.adapterSettings()));
    }

    /** Of a model that isn't loaded, as it would be in float32. */
    public static Outline of(Architecture architecture, Ties ties) {
        return new Outline(
                architecture,
                ties,
                architecture.tensors().stream()
                        .collect(Collectors.toMap(ModelTensor::name, tensor -> tensor.elements() * Float.BYTES)),
                Optional.empty(),
                Adapters.NONE);
    }

    /** Parameters that are held, a tied one once. */
    public long parameters() {
        return held().filter(ModelTensor::isParameter)
                        .mapToLong(ModelTensor::elements)
                        .sum()
                + adapters.parameters;
    }

    /** Bytes that are held, those of a tied weight once. */
    public long bytes() {
        return held().mapToLong(tensor -> bytesByName.get(tensor.name())).sum() + adapters.parameters * Float.BYTES;
    }

    private Stream<ModelTensor> held() {
        Set<String> counted = new HashSet<>();
        return architecture.tensors().stream().filter(tensor -> counted.add(ties.keptName(tensor.name())));
    }

    /**
     * The outline with adapters of these settings beside these linear maps, an own one in each place of a tied weight.
     *
     * @param maps their weights, which carry none
     */
    public Outline adapted(AdapterSettings settings, List<ModelTensor> maps) {
        Set<String> names = maps.stream().map(ModelTensor::name).collect(Collectors.toSet());
        long parameters = maps.stream()
                .mapToLong(map -> settings.rank() * (map.outputs() + map.inputs()))
                .sum();
        Adapters more = new Adapters(
                adapters.parameters + parameters,
                true,
                union(adapters.foldable, names),
                union(adapters.adapted, names),
                Optional.of(settings));
        return new Outline(architecture, ties, bytesByName, form, more);
    }

    /**
     * The outline with factors of what these sublayers give, float32 and beside their weights.
     *
     * @param sublayers of all places that have some then
     */
    public Outline withFactors(Set<FeedForwardSublayer> sublayers) {
        Architecture more = architecture.withFactors(sublayers);
        Map<String, Long> bytes = new HashMap<>();
        more.tensors()
                .forEach(t -> bytes.put(t.name(), bytesByName.getOrDefault(t.name(), t.elements() * Float.BYTES)));
        Set<String> factored = more.tensors().stream()
                .filter(tensor -> Parameters.takesFactor(tensor, more))
                .map(ModelTensor::name)
                .collect(Collectors.toSet());
        Adapters beside = new Adapters(
                adapters.parameters,
                adapters.differ || !factored.isEmpty(),
                union(adapters.foldable, factored),
                adapters.adapted,
                adapters.settings);
        return new Outline(more, ties, bytes, form, beside);
    }

    private static Set<String> union(Set<String> some, Set<String> others) {
        return Stream.concat(some.stream(), others.stream()).collect(Collectors.toSet());
    }

    /** The outline in which some weights are held in another form. */
    public Outline holding(WeightForm other, Map<String, Long> bytes) {
        Map<String, Long> changed = new HashMap<>(bytesByName);
        changed.putAll(bytes);
        return new Outline(architecture, ties, changed, Optional.of(other), adapters);
    }

    /** The outline of an architecture with the same names and other shapes. */
    public Outline reshaped(Architecture other) {
        Map<String, Long> elements =
                architecture.tensors().stream().collect(Collectors.toMap(ModelTensor::name, ModelTensor::elements));
        Map<String, Long> bytes = other.tensors().stream()
                .collect(Collectors.toMap(
                        ModelTensor::name, t -> bytesByName.get(t.name()) * t.elements() / elements.get(t.name())));
        return new Outline(other, ties, bytes, form, adapters);
    }

    /** Layers, over all stacks. */
    public int layers() {
        return architecture.stacks().stream().mapToInt(Stack::layers).sum();
    }

    /** The layers of which several share one sublayer of a kind. */
    public List<Step.Group> sharing(Branch branch) {
        List<Step.Group> sharing = new ArrayList<>();
        for (Stack stack : architecture.stacks()) {
            Map<String, List<Integer>> holders = new LinkedHashMap<>();
            for (int layer = 0; layer < stack.layers(); layer++) {
                if (!architecture.lacks(stack.name(), layer, branch)) {
                    holders.computeIfAbsent(ties.keptName(firstTensor(branch, stack, layer)), n -> new ArrayList<>())
                            .add(layer);
                }
            }
            holders.values().stream()
                    .filter(layers -> layers.size() > 1)
                    .forEach(layers -> sharing.add(new Step.Group(stack.name(), layers)));
        }
        return sharing;
    }

    private String firstTensor(Branch branch, Stack stack, int layer) {
        return branch == Branch.ATTENTION
                ? architecture.attention(stack.name(), layer).get(0).tensor().name()
                : architecture.feedForward(stack.name(), layer).tensors().get(0).name();
    }

    /** Sets of weights of FF sublayers, over all stacks: those that share one count once. */
    public int feedForwards() {
        int all = architecture.stacks().stream()
                .mapToInt(stack -> stack.feedForwards().size())
                .sum();
        return all
                - sharing(Branch.FEED_FORWARD).stream()
                        .mapToInt(group -> group.layers().size() - 1)
                        .sum();
    }

    /** What another model, made of this one, holds less. */
    public Removed removed(Outline after) {
        return new Removed(
                parameters() - after.parameters(),
                bytes() - after.bytes(),
                layers() - after.layers(),
                feedForwards() - after.feedForwards());
    }

    /**
     * The outline in which some names stand for one parameter each.
     *
     * @param groups of names; a parameter that is tied to one in a group must be in it
     */
    public Outline tied(List<List<String>> groups) {
        Map<String, List<String>> groupOf = new LinkedHashMap<>();
        groups.forEach(group -> group.forEach(name -> groupOf.put(name, group)));
        return held(name -> groupOf.containsKey(name) ? groupOf.get(name) : ties.keptName(name));
    }

    /** The outline in which each of these names has a parameter of its own. */
    public Outline untied(Set<String> names) {
        return held(name -> names.contains(name) ? List.of(name) : ties.keptName(name));
    }

    /** @param holder of a name's parameter: names of the same holder stand for one */
    private Outline held(Function<String, Object> holder) {
        Map<Object, String> kept = new LinkedHashMap<>();
        Map<String, String> aliases = new LinkedHashMap<>();
        for (ModelTensor tensor : architecture.tensors()) {
            String first = kept.putIfAbsent(holder.apply(tensor.name()), tensor.name());
            if (first != null) {
                aliases.put(tensor.name(), first);
            }
        }
        return new Outline(architecture, new Ties(aliases), bytesByName, form, adapters);
    }

    /**
     * The outline of another architecture with the same weights.
     *
     * @param oldNames under which this one holds each of the other's
     */
    public Outline renamed(Architecture other, Map<String, String> oldNames) {
        Map<String, String> kept = new LinkedHashMap<>();
        Map<String, String> aliases = new LinkedHashMap<>();
        Map<String, Long> bytes = new HashMap<>();
        for (ModelTensor tensor : other.tensors()) {
            bytes.put(tensor.name(), bytesByName.get(oldNames.get(tensor.name())));
            String first = kept.putIfAbsent(ties.keptName(oldNames.get(tensor.name())), tensor.name());
            if (first != null) {
                aliases.put(tensor.name(), first);
            }
        }
        return new Outline(other, new Ties(aliases), bytes, form, adapters.renamed(oldNames));
    }
}
