package ffmerge.shrink;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.ModelTensor;
import ffmerge.architecture.Stack;
import ffmerge.checkpoint.Ties;
import ffmerge.model.Parameters;
import ffmerge.model.TransformerModel;
import ffmerge.result.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A model without its values: what it would hold in memory.
 *
 * @param ties which names stand for the same parameter
 * @param bytesByName of each weight, however it is held
 * @param adapters parameters of adapters beside the weights
 */
public record Outline(Architecture architecture, Ties ties, Map<String, Long> bytesByName, long adapters) {
    public Outline {
        bytesByName = Map.copyOf(bytesByName);
    }

    public static Outline of(TransformerModel model) {
        Parameters parameters = model.parameters();
        Map<String, Long> bytes = new HashMap<>();
        model.architecture().tensors().forEach(tensor -> bytes.put(tensor.name(), parameters.bytes(tensor.name())));
        Outline weights = new Outline(model.architecture(), parameters.ties(), bytes, 0);
        return weights.withAdapters(parameters.uniqueCount() - weights.parameters());
    }

    /** Of a model that isn't loaded, as it would be in float32. */
    public static Outline of(Architecture architecture, Ties ties) {
        return new Outline(
                architecture,
                ties,
                architecture.tensors().stream()
                        .collect(Collectors.toMap(ModelTensor::name, tensor -> tensor.elements() * Float.BYTES)),
                0);
    }

    /** Parameters that are held, a tied one once. */
    public long parameters() {
        return held().filter(ModelTensor::isParameter)
                        .mapToLong(ModelTensor::elements)
                        .sum()
                + adapters;
    }

    /** Bytes that are held, those of a tied weight once. */
    public long bytes() {
        return held().mapToLong(tensor -> bytesByName.get(tensor.name())).sum() + adapters * Float.BYTES;
    }

    private Stream<ModelTensor> held() {
        Set<String> counted = new HashSet<>();
        return architecture.tensors().stream().filter(tensor -> counted.add(ties.keptName(tensor.name())));
    }

    /** The outline with so many parameters of adapters. */
    public Outline withAdapters(long parameters) {
        return new Outline(architecture, ties, bytesByName, parameters);
    }

    /** The outline of the same weights and others beside them, which are float32. */
    public Outline with(Architecture more) {
        Map<String, Long> bytes = new HashMap<>();
        more.tensors()
                .forEach(t -> bytes.put(t.name(), bytesByName.getOrDefault(t.name(), t.elements() * Float.BYTES)));
        return new Outline(more, ties, bytes, adapters);
    }

    /** The outline in which some weights are held in other forms. */
    public Outline holding(Map<String, Long> bytes) {
        Map<String, Long> changed = new HashMap<>(bytesByName);
        changed.putAll(bytes);
        return new Outline(architecture, ties, changed, adapters);
    }

    /** The outline of an architecture with the same names and other shapes. */
    public Outline reshaped(Architecture other) {
        Map<String, Long> elements =
                architecture.tensors().stream().collect(Collectors.toMap(ModelTensor::name, ModelTensor::elements));
        Map<String, Long> bytes = other.tensors().stream()
                .collect(Collectors.toMap(
                        ModelTensor::name, t -> bytesByName.get(t.name()) * t.elements() / elements.get(t.name())));
        return new Outline(other, ties, bytes, adapters);
    }

    /** Layers, over all stacks. */
    public int layers() {
        return architecture.stacks().stream().mapToInt(Stack::layers).sum();
    }

    /** The layers of which several share one FF sublayer. */
    public List<Step.Group> sharing() {
        List<Step.Group> sharing = new ArrayList<>();
        for (Stack stack : architecture.stacks()) {
            Map<String, List<Integer>> holders = new LinkedHashMap<>();
            for (FeedForwardSublayer sublayer : stack.feedForwards()) {
                holders.computeIfAbsent(ties.keptName(sublayer.tensors().get(0).name()), name -> new ArrayList<>())
                        .add(sublayer.layer());
            }
            holders.values().stream()
                    .filter(layers -> layers.size() > 1)
                    .forEach(layers -> sharing.add(new Step.Group(stack.name(), layers)));
        }
        return sharing;
    }

    /** FF sublayers that share another's weights. */
    public int feedForwardsShared() {
        return sharing().stream().mapToInt(group -> group.layers().size() - 1).sum();
    }

    /**
     * The outline in which some names stand for one parameter each.
     *
     * @param groups of names; a parameter that is tied to one in a group must be in it
     */
    public Outline tied(List<List<String>> groups) {
        Map<String, List<String>> groupOf = new LinkedHashMap<>();
        groups.forEach(group -> group.forEach(name -> groupOf.put(name, group)));
        Map<Object, String> kept = new LinkedHashMap<>();
        Map<String, String> aliases = new LinkedHashMap<>();
        for (ModelTensor tensor : architecture.tensors()) {
            String name = tensor.name();
            Object holder = groupOf.containsKey(name) ? groupOf.get(name) : ties.keptName(name);
            String first = kept.putIfAbsent(holder, name);
            if (first != null) {
                aliases.put(name, first);
            }
        }
        return new Outline(architecture, new Ties(aliases), bytesByName, adapters);
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
        return new Outline(other, new Ties(aliases), bytes, adapters);
    }
}
