package ffmerge.shrink;

import ffmerge.UserError;
import ffmerge.merge.Average;
import ffmerge.merge.MergePlan;
import ffmerge.result.Labels;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What merging does and tells, whichever sublayers it merges.
 *
 * @param anchor by which rule the plan's groups chose their anchors
 * @param alignment how their parts are really matched: not at all where no average depends on it
 * @param sublayer what each group becomes one of: {@code FF sublayer}
 */
record MergeAccount(MergePlan plan, MergePlan.Anchor anchor, MergePlan.Alignment alignment, String sublayer) {
    /** The layers and the anchors, to which a way adds what else was chosen. */
    Step step() {
        return Step.smaller(
                        "merge",
                        alignment.label(),
                        plan.groups().stream()
                                .map(group -> new Step.Group(group.stack(), group.layers()))
                                .toList())
                .with("anchor", anchor.label());
    }

    /** As the paper's figures have it. */
    static String title(MergePlan.Alignment alignment) {
        return switch (alignment) {
            case PERMUTE -> "permuted";
            case NONE -> "vanilla";
            case RANDOM -> "randomly permuted";
        };
    }

    /**
     * A layer of a group that shares already takes the others with it, or it would have weights of its own again.
     *
     * @param sharing the layers that share
     * @throws UserError if one of them is left out
     */
    void requireWhole(List<Step.Group> sharing) {
        plan.groups().forEach(group -> sharing.forEach(shared -> requireWhole(group, shared)));
    }

    private void requireWhole(MergePlan.Group group, Step.Group shared) {
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
            throw new UserError(shared + " share one " + sublayer + "; merging " + Labels.layers(group.layers())
                    + " would untie " + Labels.layers(outside) + ": merge all of them with " + Labels.option(all));
        }
    }

    /**
     * What is to be one parameter where sublayers become one: of each place in them, all that stand there.
     *
     * @param sublayers the names of each one's tensors, in one order
     */
    static List<List<String>> inPlaces(List<List<String>> sublayers) {
        return IntStream.range(0, sublayers.get(0).size())
                .mapToObj(place ->
                        sublayers.stream().map(names -> names.get(place)).toList())
                .toList();
    }

    /** @param parameters of one of a group's sublayers */
    Work work(ToLongFunction<MergePlan.Group> parameters) {
        long read = 0;
        long made = 0;
        long largest = 0;
        for (MergePlan.Group group : plan.groups()) {
            long own = parameters.applyAsLong(group);
            read += own * group.layers().size();
            made += own;
            largest = Math.max(largest, own);
        }
        // means are in memory twice while they are made, beside the sums that they are made of
        return new Work(read, 0, 2 * made * Float.BYTES + largest * Double.BYTES);
    }

    /** What else than the mean a group's sublayers become, for the summary. */
    static String averaged(Average average) {
        return switch (average) {
            case MEAN -> "";
            case REGRESSION -> ", regression mean";
            case ANCHOR -> ", copied from it";
            case FRESH -> ", random values";
            case WEIGHTED -> ", weighted mean";
        };
    }

    /** @param more what else is to be told of it, each behind a comma */
    String summary(String name, String more) {
        // groups of the same layers in several stacks are told once: "encoder and decoder layers 1-3"
        Map<List<Integer>, List<String>> stacks = new LinkedHashMap<>();
        plan.groups()
                .forEach(group -> stacks.computeIfAbsent(group.layers(), g -> new ArrayList<>())
                        .add(group.stack()));
        String layers = stacks.entrySet().stream()
                .map(e -> String.join(" and ", e.getValue()) + " layers " + Labels.layers(e.getKey()))
                .collect(Collectors.joining(", "));
        String article = sublayer.startsWith("FF") || sublayer.startsWith("a") ? " an " : " a ";
        String each = plan.groups().size() == 1 ? " share one " + sublayer : " share" + article + sublayer + " each";
        return name + " whose " + layers + each + " (" + title(alignment) + ", anchor " + anchor.label() + more + ")";
    }

    List<ShrinkResult.Change> changes() {
        return plan.groups().stream()
                .flatMap(group -> group.layers().stream()
                        .map(layer -> new ShrinkResult.Change(
                                group.stack(),
                                layer,
                                layer == group.anchor() ? "anchor" : "merged with layer " + group.anchor())))
                .toList();
    }

    List<ShrinkResult.Group> groups() {
        return plan.groups().stream()
                .map(g -> new ShrinkResult.Group(g.stack(), g.layers(), g.anchor()))
                .toList();
    }
}
