package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.merge.MergePlan;
import ffmerge.model.TransformerModel;
import ffmerge.study.CompressionResult;
import ffmerge.study.Merging;
import ffmerge.study.Result;
import ffmerge.study.Workload;
import java.util.ArrayList;
import java.util.List;

/** {@code merge NAME --window 3-7 --as NEW} */
record MergeCommand() implements Command {
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
                List.of(
                        Options.AS_MODEL,
                        OptionSpec.list(
                                "window",
                                "A-B",
                                "",
                                "adjacent layers, both ends included; several make several groups"),
                        OptionSpec.list("layers", "A,B,C", "", "any layers; several make several groups"),
                        OptionSpec.choice(
                                "anchor", "first", "which layer the others are aligned to", "first", "middle", "last"),
                        OptionSpec.choice(
                                "align",
                                "permute",
                                "how units are matched before they are averaged",
                                "permute",
                                "none",
                                "random"),
                        Options.STACK,
                        Options.DATA,
                        Options.TOKENS,
                        Options.SEED));
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        String name = arguments.first();
        String result =
                arguments.text("as").orElseThrow(() -> new UserError("merge needs --as NEW, the new model's name"));
        TransformerModel model = session.model(name, host);
        MergePlan.Anchor anchor = MergePlan.Anchor.parse(arguments.text("anchor", "first"));
        MergePlan plan = new MergePlan(
                groups(arguments, model, anchor),
                MergePlan.Alignment.parse(arguments.text("align", "permute")),
                arguments.whole("seed", 0, 0));
        plan.requireFits(model.architecture());
        Workload workload = session.workload(model, arguments, host);
        Merging merging = Merging.merge(model, plan, workload, arguments.whole("tokens", 10000, 1), host.progress());
        session.put(result, merging.model());
        host.bind(result, merging.model());
        return CompressionResult.ofMerge(name, result, anchor, model, merging);
    }

    private static List<MergePlan.Group> groups(Arguments arguments, TransformerModel model, MergePlan.Anchor anchor) {
        List<List<Integer>> groups = new ArrayList<>();
        arguments.list("window").forEach(w -> groups.add(Arguments.window(w)));
        arguments.list("layers").forEach(l -> groups.add(Arguments.layers(l)));
        if (groups.isEmpty()) {
            throw new UserError("merge needs --window A-B or --layers A,B,C");
        }
        return model.architecture().stacks().stream()
                .flatMap(stack -> groups.stream().map(layers -> MergePlan.Group.of(stack.name(), layers, anchor)))
                .toList();
    }
}
