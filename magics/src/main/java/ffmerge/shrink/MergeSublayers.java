package ffmerge.shrink;

import ffmerge.UserError;
import ffmerge.align.Aligner;
import ffmerge.align.LayerAlignment;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.merge.FeedForwardMerger;
import ffmerge.merge.MergePlan;
import ffmerge.model.TransformerModel;
import ffmerge.permutation.Permutation;
import ffmerge.result.Labels;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The paper's way: FF sublayers of a group are aligned, averaged and tied.
 *
 * @param anchor by which rule the plan's groups chose their anchors
 */
public record MergeSublayers(MergePlan plan, MergePlan.Anchor anchor) implements Shrink {
    public static final Choice<MergePlan.Anchor> ANCHOR = Choice.oneOf(
            "anchor",
            "the layer of a window that the others are aligned to",
            List.of(MergePlan.Anchor.values()),
            MergePlan.Anchor::label,
            MergePlan.Anchor.FIRST);
    public static final Choice<MergePlan.Features> FEATURES = Choice.oneOf(
            "features",
            "what is correlated of a gated FF sublayer's units: the up-projection's output, the gate's, or their product",
            List.of(MergePlan.Features.values()),
            MergePlan.Features::label,
            MergePlan.Features.UP);

    /**
     * As the paper merges: units matched by their activations, aligned to the first layer.
     *
     * @param layers of each stack, as a sweep's rows name them
     */
    public static MergeSublayers of(Map<String, List<Integer>> layers) {
        return of(layers, MergePlan.Alignment.PERMUTE, Choices.NONE);
    }

    private static MergeSublayers of(
            Map<String, List<Integer>> layers, MergePlan.Alignment alignment, Choices choices) {
        MergePlan.Anchor anchor = choices.get(ANCHOR);
        List<MergePlan.Group> groups = layers.entrySet().stream()
                .map(e -> MergePlan.Group.of(e.getKey(), e.getValue(), anchor))
                .toList();
        return new MergeSublayers(
                new MergePlan(groups, alignment, choices.get(FEATURES), choices.get(Choice.SEED)), anchor);
    }

    /** Each kind of it as a window's method. */
    static Way onWindows(MergePlan.Alignment alignment) {
        List<Choice<?>> chosen = List.of(ANCHOR, FEATURES, Choice.SEED);
        return Way.onWindows(
                alignment.label(), title(alignment), 2, 0, chosen, (layers, choices) -> of(layers, alignment, choices));
    }

    /** As the paper's figures have it. */
    private static String title(MergePlan.Alignment alignment) {
        return switch (alignment) {
            case PERMUTE -> "permuted";
            case NONE -> "vanilla";
            case RANDOM -> "randomly permuted";
        };
    }

    @Override
    public Step step() {
        Step step = Step.smaller(
                        "merge",
                        plan.alignment().label(),
                        plan.groups().stream()
                                .map(group -> new Step.Group(group.stack(), group.layers()))
                                .toList())
                .with("anchor", anchor.label());
        return switch (plan.alignment()) {
            case PERMUTE -> step.with("features", plan.features().label());
            case RANDOM -> step.with("seed", plan.seed());
            case NONE -> step;
        };
    }

    @Override
    public Outline after(Outline before) {
        plan.requireFits(before.architecture());
        plan.groups().forEach(group -> requireWhole(group, before));
        List<List<String>> tied = new ArrayList<>();
        for (MergePlan.Group group : plan.groups()) {
            List<FeedForwardSublayer> sublayers = sublayers(before.architecture(), group);
            for (int i = 0; i < sublayers.get(0).tensors().size(); i++) {
                int place = i;
                tied.add(sublayers.stream()
                        .map(s -> s.tensors().get(place).name())
                        .toList());
            }
        }
        return before.tied(tied);
    }

    /** A layer of a group that shares already takes the others with it, or it would have weights of its own again. */
    private static void requireWhole(MergePlan.Group group, Outline before) {
        for (Step.Group shared : before.sharing()) {
            List<Integer> outside = shared.layers().stream()
                    .filter(layer -> !group.layers().contains(layer))
                    .toList();
            boolean overlaps = shared.stack().equals(group.stack())
                    && outside.size() < shared.layers().size();
            if (overlaps && !outside.isEmpty()) {
                List<Integer> all = IntStream.concat(
                                group.layers().stream().mapToInt(Integer::intValue),
                                outside.stream().mapToInt(Integer::intValue))
                        .sorted()
                        .boxed()
                        .toList();
                throw new UserError(shared + " share one FF sublayer; merging " + Labels.layers(group.layers())
                        + " would untie " + Labels.layers(outside) + ": merge all of them with " + Labels.option(all));
            }
        }
    }

    private static List<FeedForwardSublayer> sublayers(Architecture architecture, MergePlan.Group group) {
        return group.layers().stream()
                .map(layer -> architecture.feedForward(group.stack(), layer))
                .toList();
    }

    @Override
    public void requireFits(String name, TransformerModel model) {
        PlainWeights.requireNoAdapters(name, model, "merged");
        PlainWeights.requireFloats(name, model);
        Shrink.super.requireFits(name, model);
    }

    @Override
    public Needs needs() {
        return plan.alignment() == MergePlan.Alignment.PERMUTE ? new Needs(Aligner.pairs(plan)) : Needs.NOTHING;
    }

    @Override
    public Work work(Outline before) {
        long read = 0;
        long made = 0;
        long largest = 0;
        for (MergePlan.Group group : plan.groups()) {
            long own = sublayers(before.architecture(), group).get(0).parameters();
            read += own * group.layers().size();
            made += own;
            largest = Math.max(largest, own);
        }
        // means are in memory twice while they are made, beside the sums that they are made of
        return new Work(read, 0, 2 * made * Float.BYTES + largest * Double.BYTES);
    }

    @Override
    public Shrunk apply(TransformerModel model, Evidence evidence) {
        Architecture architecture = model.architecture();
        List<LayerAlignment> alignments = evidence.alignments(needs().pairs());
        EditedCheckpoint edit =
                FeedForwardMerger.merge(model.checkpoint(), architecture, plan, orders(architecture, alignments));
        return new Shrunk(model.edited(edit, architecture), alignments);
    }

    private Map<FeedForwardSublayer, Permutation> orders(Architecture architecture, List<LayerAlignment> alignments) {
        Map<FeedForwardSublayer, Permutation> orders = new HashMap<>();
        if (plan.alignment() == MergePlan.Alignment.RANDOM) {
            SplittableRandom random = new SplittableRandom(plan.seed());
            for (Aligner.LayerPair pair : Aligner.pairs(plan)) {
                FeedForwardSublayer sublayer = architecture.feedForward(pair.stack(), pair.layer());
                orders.put(sublayer, Permutation.random(sublayer.width(), random));
            }
        }
        for (LayerAlignment alignment : alignments) {
            orders.put(architecture.feedForward(alignment.stack(), alignment.layer()), alignment.permutation());
        }
        return orders;
    }

    @Override
    public String summary(String name) {
        // groups of the same layers in several stacks are told once: "encoder and decoder layers 1-3"
        Map<List<Integer>, List<String>> stacks = new LinkedHashMap<>();
        plan.groups()
                .forEach(group -> stacks.computeIfAbsent(group.layers(), g -> new ArrayList<>())
                        .add(group.stack()));
        String layers = stacks.entrySet().stream()
                .map(e -> String.join(" and ", e.getValue()) + " layers " + Labels.layers(e.getKey()))
                .collect(Collectors.joining(", "));
        String each = plan.groups().size() == 1 ? "share one FF sublayer" : "share an FF sublayer each";
        return name + " whose " + layers + " " + each + " (" + title(plan.alignment()) + ", anchor " + anchor.label()
                + ")";
    }

    @Override
    public List<ShrinkResult.Change> changes() {
        return plan.groups().stream()
                .flatMap(group -> group.layers().stream()
                        .map(layer -> new ShrinkResult.Change(
                                group.stack(),
                                layer,
                                layer == group.anchor() ? "anchor" : "merged with layer " + group.anchor())))
                .toList();
    }

    @Override
    public List<ShrinkResult.Group> groups() {
        return plan.groups().stream()
                .map(g -> new ShrinkResult.Group(g.stack(), g.layers(), g.anchor()))
                .toList();
    }
}
