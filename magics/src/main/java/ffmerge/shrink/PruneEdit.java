package ffmerge.shrink;

import ffmerge.activation.InputSquares;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.AttentionHeads;
import ffmerge.architecture.AttentionTensor;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.ModelTensor;
import ffmerge.architecture.Stack;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.EditedCheckpoint.Content;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.checkpoint.Ties;
import ffmerge.model.TransformerModel;
import ffmerge.prune.LinearMap;
import ffmerge.prune.Lowest;
import ffmerge.prune.Saliency;
import ffmerge.prune.Sparsity;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Makes the weights of a pruned model. What is tied is pruned once, by what enters it in all of its places. */
final class PruneEdit {
    private final TransformerModel model;
    private final Architecture architecture;
    private final Checkpoint checkpoint;
    private final Ties ties;
    private final Saliency saliency;
    private final Sparsity sparsity;
    private final SplittableRandom random;
    private final InputSquares squares;
    private final Map<String, ModelTensor> tensors;
    /** By the names that they are kept under. */
    private final Map<String, Content> made = new HashMap<>();
    /** By the name of the sublayer's first tensor. */
    private final Map<String, boolean[]> lostHeads = new HashMap<>();

    /** @param squares of what enters the maps; null where that isn't seen */
    PruneEdit(TransformerModel model, Saliency saliency, Sparsity sparsity, int seed, InputSquares squares) {
        this.model = model;
        this.architecture = model.architecture();
        this.checkpoint = model.checkpoint();
        this.ties = model.parameters().ties();
        this.saliency = saliency;
        this.sparsity = sparsity;
        this.random = new SplittableRandom(seed);
        this.squares = squares;
        this.tensors = architecture.tensors().stream().collect(Collectors.toMap(ModelTensor::name, t -> t));
    }

    /** Sets the lowest weights of these maps to zero. */
    TransformerModel ofWeights(List<ModelTensor> maps) {
        for (ModelTensor map : maps) {
            String kept = ties.keptName(map.name());
            if (!made.containsKey(kept)) {
                LinearMap values = map(map);
                made.put(kept, new Content.Values(values.pruned(scores(map, values), sparsity, saliency.isByRow())));
            }
        }
        return edited(architecture);
    }

    /** Leaves the lowest units of all FF sublayers out. */
    TransformerModel ofUnits(Architecture narrowed) {
        for (Stack stack : architecture.stacks()) {
            for (FeedForwardSublayer sublayer : stack.feedForwards()) {
                if (!made.containsKey(ties.keptName(sublayer.tensors().get(0).name()))) {
                    int[] lowest = Lowest.of(unitScores(sublayer), sparsity.of(sublayer.width()));
                    boolean[] goes = marked(lowest, sublayer.width());
                    sublayer.tensors().stream()
                            .filter(tensor -> tensor.axes().contains(FeedForwardTensor.HIDDEN))
                            .forEach(tensor -> made.put(
                                    ties.keptName(tensor.name()),
                                    new Content.Values(without(
                                            unit -> goes[unit],
                                            checkpoint.read(tensor.name()),
                                            tensor.shape(),
                                            tensor.axes().indexOf(FeedForwardTensor.HIDDEN)))));
                }
            }
        }
        return edited(narrowed);
    }

    /** Leaves the lowest heads of all attention sublayers out, with the keys and values that a group of them shares. */
    TransformerModel ofHeads(Architecture fewer) {
        for (Stack stack : architecture.stacks()) {
            AttentionHeads heads = architecture.heads(stack.name());
            for (int layer = 0; layer < stack.layers(); layer++) {
                architecture.attention(stack.name(), layer).stream()
                        .collect(Collectors.groupingBy(AttentionTensor::sublayer, TreeMap::new, Collectors.toList()))
                        .values()
                        .forEach(sublayer -> withoutHeads(heads, sublayer));
            }
        }
        return edited(fewer);
    }

    private void withoutHeads(AttentionHeads heads, List<AttentionTensor> sublayer) {
        // places of tied maps lose the same heads, each in what it has of its own besides
        boolean[] goes = lostHeads.computeIfAbsent(
                ties.keptName(sublayer.get(0).tensor().name()), first -> lowestGroups(heads, sublayer));
        for (AttentionTensor each : sublayer) {
            ModelTensor tensor = each.tensor();
            if (made.containsKey(ties.keptName(tensor.name()))) {
                continue;
            }
            float[] left = without(
                    element -> goes[heads.group(tensor.role(), element)],
                    checkpoint.read(tensor.name()),
                    tensor.shape(),
                    each.axis());
            made.put(ties.keptName(tensor.name()), new Content.Values(left));
        }
    }

    private boolean[] lowestGroups(AttentionHeads heads, List<AttentionTensor> sublayer) {
        double[] groups = new double[heads.groups()];
        for (AttentionTensor each : sublayer) {
            if (each.tensor().shape().size() == 2) {
                addGroups(heads, each, groups);
            }
        }
        return marked(Lowest.of(groups, sparsity.of(groups.length)), groups.length);
    }

    /** Adds to each group the scores of what makes its heads or reads them. */
    private void addGroups(AttentionHeads heads, AttentionTensor of, double[] groups) {
        LinearMap values = map(of.tensor());
        double[] scores = scores(of.tensor(), values);
        double[] elements = new double[of.headsComeOut() ? values.outputs() : values.inputs()];
        if (of.headsComeOut()) {
            values.addRows(scores, elements);
        } else {
            values.addColumns(scores, elements);
        }
        for (int element = 0; element < elements.length; element++) {
            groups[heads.group(of.tensor().role(), element)] += elements[element];
        }
    }

    private static boolean[] marked(int[] places, int length) {
        boolean[] marked = new boolean[length];
        for (int place : places) {
            marked[place] = true;
        }
        return marked;
    }

    /** A unit's score is the sum over all weights that make it or read it. */
    private double[] unitScores(FeedForwardSublayer sublayer) {
        double[] units = new double[sublayer.width()];
        for (FeedForwardTensor tensor : sublayer.tensors()) {
            if (tensor.axes().size() == 2) {
                ModelTensor map = tensors.get(tensor.name());
                LinearMap values = map(map);
                double[] scores = scores(map, values);
                int unitsAxis = tensor.axes().indexOf(FeedForwardTensor.HIDDEN);
                boolean unitsComeOut = (unitsAxis == 0) != map.inputsFirst();
                if (unitsComeOut) {
                    values.addRows(scores, units);
                } else {
                    values.addColumns(scores, units);
                }
            }
        }
        return units;
    }

    /** A tensor without some of the elements of an axis. */
    private static float[] without(IntPredicate goes, float[] values, List<Long> shape, int axis) {
        int width = Math.toIntExact(shape.get(axis));
        int inner = Math.toIntExact(shape.stream().skip(axis + 1L).reduce(1L, Math::multiplyExact));
        int left =
                Math.toIntExact(IntStream.range(0, width).filter(goes.negate()).count());
        float[] kept = new float[values.length / width * left];
        int to = 0;
        for (int from = 0; from < values.length; from += inner) {
            if (!goes.test(from / inner % width)) {
                System.arraycopy(values, from, kept, to, inner);
                to += inner;
            }
        }
        return kept;
    }

    private LinearMap map(ModelTensor tensor) {
        return new LinearMap(
                checkpoint.read(tensor.name()),
                Math.toIntExact(tensor.outputs()),
                Math.toIntExact(tensor.inputs()),
                tensor.inputsFirst());
    }

    private double[] scores(ModelTensor map, LinearMap values) {
        return saliency.scores(values, saliency.seesInputs() ? squares(map) : null, random);
    }

    /** Of all rows that enter a map, in whatever place. */
    private double[] squares(ModelTensor map) {
        double[] sums = new double[Math.toIntExact(map.inputs())];
        String kept = ties.keptName(map.name());
        for (ModelTensor place : architecture.tensors()) {
            if (ties.keptName(place.name()).equals(kept)) {
                double[] ofPlace = squares.of(place);
                for (int i = 0; i < sums.length; i++) {
                    sums[i] += ofPlace[i];
                }
            }
        }
        return sums;
    }

    private TransformerModel edited(Architecture result) {
        Map<String, Content> contents = new LinkedHashMap<>();
        Map<String, TensorSpec> specs = new LinkedHashMap<>();
        for (ModelTensor tensor : result.tensors()) {
            Content values = made.get(ties.keptName(tensor.name()));
            contents.put(tensor.name(), values == null ? new Content.Original(tensor.name()) : values);
            specs.put(tensor.name(), tensor.spec(DType.F32));
        }
        return model.edited(new EditedCheckpoint(checkpoint, contents, specs), result);
    }
}
