package ffmerge.magic.command;

import ffmerge.align.Calibration;
import ffmerge.architecture.Architecture;
import ffmerge.merge.MergePlan;
import ffmerge.model.TransformerModel;
import ffmerge.result.CompressionResult;
import ffmerge.result.Result;
import ffmerge.shrink.Merging;
import ffmerge.shrink.PlainWeights;
import ffmerge.workload.Workload;
import java.util.List;

/** {@code merge NAME --window 3-7 --as NEW} */
record MergeCommand() implements Command {
    private static final Option<MergePlan.Alignment> ALIGN = Option.choice(
                    "align",
                    "how units are matched before they are averaged",
                    MergePlan.Alignment::label,
                    List.of(MergePlan.Alignment.values()))
            .orElse(MergePlan.Alignment.PERMUTE);

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "merge",
                "NAME",
                1,
                1,
                CommandSpec.Takes.LOADED_MODEL,
                "aligns, averages and ties the FF sublayers of a window of layers",
                "%ffmerge merge base --window 3-8 --as small",
                CommandSpec.Makes.MODEL,
                List.of(
                        Options.AS_MODEL,
                        Options.WINDOW,
                        Options.LAYERS,
                        Options.ANCHOR,
                        ALIGN,
                        Options.FEATURES,
                        Options.STACK,
                        Options.DATA,
                        Options.SKIP_BROKEN,
                        Options.TOKENS,
                        Options.PROTOCOL,
                        Options.MEMORY,
                        Options.SEED,
                        Options.DRY_RUN,
                        Options.OUT));
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        String name = arguments.first();
        if (arguments.get(Options.DRY_RUN)) {
            MergePlan plan = plan(arguments, session.architecture(name, host));
            return session.costs(name, host)
                    .merge(plan, Options.calibration(arguments, arguments.get(Options.TOKENS), session));
        }
        String result = Options.newModel(arguments);
        TransformerModel model = session.model(name, host);
        PlainWeights.requireMergeable(name, model);
        MergePlan plan = plan(arguments, model.architecture());
        Workload workload = session.workload(model, arguments, host);
        boolean records = plan.alignment() == MergePlan.Alignment.PERMUTE;
        int tokens = records ? Options.tokens(arguments, workload, host) : 0;
        Calibration calibration = Options.calibration(arguments, tokens, session);
        Merging merging = Merging.merge(model, plan, workload, calibration, host.progress());
        MergePlan.Anchor anchor = arguments.get(Options.ANCHOR);
        session.put(
                result,
                merging.model(),
                session.lineage(name)
                        .merged(
                                Options.groups(arguments),
                                plan.alignment().label(),
                                anchor.label(),
                                plan.features().label(),
                                calibration.protocol().label()));
        host.bind(result, merging.model());
        return CompressionResult.ofMerge(name, result, anchor, calibration.protocol(), model, merging);
    }

    private static MergePlan plan(Arguments arguments, Architecture architecture) {
        MergePlan.Anchor anchor = arguments.get(Options.ANCHOR);
        List<List<Integer>> groups = Options.groups(arguments);
        MergePlan plan = new MergePlan(
                Options.stacks(arguments, architecture).stream()
                        .flatMap(stack -> groups.stream().map(layers -> MergePlan.Group.of(stack, layers, anchor)))
                        .toList(),
                arguments.get(ALIGN),
                Options.features(arguments, architecture),
                arguments.get(Options.SEED));
        plan.requireFits(architecture);
        return plan;
    }
}
