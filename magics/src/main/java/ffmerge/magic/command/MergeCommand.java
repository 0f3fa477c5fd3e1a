package ffmerge.magic.command;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.Branch;
import ffmerge.merge.Average;
import ffmerge.merge.Averaging;
import ffmerge.merge.MergePlan;
import ffmerge.result.ShrinkResult;
import ffmerge.shrink.MergeAttention;
import ffmerge.shrink.MergeSublayers;
import ffmerge.shrink.Shrink;
import java.util.List;
import java.util.stream.Stream;

/** {@code merge NAME --window 3-7 --as NEW} */
record MergeCommand() implements ShrinkCommand {
    private static final Option<MergePlan.Alignment> ALIGN = Option.choice(
                    "align",
                    "how units are matched before they are averaged",
                    MergePlan.Alignment::label,
                    List.of(MergePlan.Alignment.values()))
            .orElse(MergePlan.Alignment.PERMUTE);

    private static final Option<Branch> SITE = Option.choice(
                    "site",
                    "which sublayers are merged; of attention, heads are matched by their outputs and averaged by mean, anchor"
                            + " or fresh",
                    Branch::label,
                    List.of(Branch.FEED_FORWARD, Branch.ATTENTION))
            .orElse(Branch.FEED_FORWARD);

    private static final Option<Average> AVERAGE = Options.of(MergeSublayers.AVERAGE);
    private static final Option<Double> RIDGE = Options.of(MergeSublayers.RIDGE);
    private static final Option<Boolean> RESCALE = Options.of(MergeSublayers.RESCALE);
    private static final Option<Integer> RESIDUAL = Options.of(MergeSublayers.RESIDUAL);

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "merge",
                "NAME",
                1,
                1,
                CommandSpec.Takes.LOADED_MODEL,
                "aligns, averages and ties the FF or attention sublayers of a window of layers",
                "%ffmerge merge base --window 3-8 --as small",
                CommandSpec.Makes.MODEL,
                DataOptions.list(
                        List.of(
                                Options.AS_MODEL,
                                Options.WINDOW,
                                Options.LAYERS,
                                SITE,
                                Options.ANCHOR,
                                ALIGN,
                                Options.FEATURES,
                                AVERAGE,
                                RIDGE,
                                RESCALE,
                                RESIDUAL,
                                Options.STACK),
                        DataOptions.RECORDED,
                        List.of(Options.PROTOCOL, Options.MEMORY, Options.SEED, Options.DRY_RUN, Options.OUT)));
    }

    @Override
    public Class<ShrinkResult> result() {
        return ShrinkResult.class;
    }

    @Override
    public void check(Arguments arguments, Session session) {
        ShrinkCommand.super.check(arguments, session);
        Options.groups(arguments);
    }

    @Override
    public Shrink way(Arguments arguments, Architecture architecture) {
        return way(arguments, architecture, Options.groups(arguments));
    }

    @Override
    public boolean isOpen(Arguments arguments) {
        return Options.namesNoLayers(arguments);
    }

    @Override
    public List<List<Shrink>> open(Arguments arguments, Architecture architecture) {
        return isOpen(arguments)
                ? Options.windows(
                        arguments,
                        architecture,
                        2,
                        0,
                        (stacks, window) -> way(arguments, architecture, List.of(window)))
                : List.of();
    }

    private static Shrink way(Arguments arguments, Architecture architecture, List<List<Integer>> groups) {
        Averaging averaging = new Averaging(
                arguments.get(AVERAGE), arguments.get(RIDGE), arguments.get(RESCALE), arguments.get(RESIDUAL));
        MergePlan plan = plan(arguments, architecture, groups);
        MergeSublayers merge = new MergeSublayers(plan, arguments.get(Options.ANCHOR), averaging);
        Shrink way = arguments.get(SITE) == Branch.ATTENTION ? MergeAttention.of(merge) : merge;
        // each has a part in some kinds of merging alone
        Stream.of(Options.FEATURES, Options.SEED)
                .filter(option -> !way.step().options().containsKey(option.name()))
                .forEach(arguments::unused);
        if (averaging.average() != Average.REGRESSION) {
            arguments.unused(RIDGE);
        }
        return way;
    }

    private static MergePlan plan(Arguments arguments, Architecture architecture, List<List<Integer>> groups) {
        MergePlan.Anchor anchor = arguments.get(Options.ANCHOR);
        return new MergePlan(
                Options.stacks(arguments, architecture).stream()
                        .flatMap(stack -> groups.stream().map(layers -> MergePlan.Group.of(stack, layers, anchor)))
                        .toList(),
                arguments.get(ALIGN),
                Options.features(arguments, architecture),
                arguments.get(Options.SEED));
    }
}
