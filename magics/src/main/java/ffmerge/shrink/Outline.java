package ffmerge.shrink;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.ModelTensor;
import ffmerge.architecture.Stack;
import ffmerge.checkpoint.Ties;
import ffmerge.model.TransformerModel;
import ffmerge.result.Step;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A model without its values: what it would hold in memory.
 *
 * @param ties which names stand for the same parameter
 */
public record Outline(Architecture architecture, Ties ties) {
    public static Outline of(TransformerModel model) {
        return new Outline(model.architecture(), model.parameters().ties());
    }

    /** Of a model whose file is not read: nothing is tied. */
    public static Outline of(Architecture architecture) {
        return new Outline(architecture, Ties.NONE);
    }

    /** Parameters that are held, a tied one once. */
    public long parameters() {
        Set<String> counted = new HashSet<>();
        return architecture.tensors().stream()
                .filter(ModelTensor::isParameter)
                .filter(tensor -> counted.add(ties.keptName(tensor.name())))
                .mapToLong(ModelTensor::elements)
                .sum();
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
        return new Outline(architecture, new Ties(aliases));
    }

    /**
     * The outline of another architecture with the same weights.
     *
     * @param oldNames under which this one holds each of the other's
     */
    public Outline renamed(Architecture other, Map<String, String> oldNames) {
        Map<String, String> kept = new LinkedHashMap<>();
        Map<String, String> aliases = new LinkedHashMap<>();
        for (ModelTensor tensor : other.tensors()) {
            String first = kept.putIfAbsent(ties.keptName(oldNames.get(tensor.name())), tensor.name());
            if (first != null) {
                aliases.put(tensor.name(), first);
            }
        }
        return new Outline(other, new Ties(aliases));
    }
}
