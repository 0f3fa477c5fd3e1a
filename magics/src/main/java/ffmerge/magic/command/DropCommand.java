package ffmerge.magic.command;

import ffmerge.architecture.Architecture;
import ffmerge.merge.LayerDrop;
import ffmerge.model.TransformerModel;
import ffmerge.result.CompressionResult;
import ffmerge.result.Result;
import ffmerge.shrink.Dropping;
import ffmerge.shrink.PlainWeights;
import java.util.List;

/** {@code drop NAME --window 3-4 --as NEW} */
record DropCommand() implements Command {
    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "drop",
                "NAME",
                1,
                1,
                CommandSpec.Takes.LOADED_MODEL,
                "removes whole layers: the baseline that merging is compared with",
                "%ffmerge drop base --window 3-4 --as shallow",
                CommandSpec.Makes.MODEL,
                List.of(Options.AS_MODEL, Options.WINDOW, Options.LAYERS, Options.STACK, Options.DRY_RUN, Options.OUT));
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        String name = arguments.first();
        List<LayerDrop> drops = drops(arguments, session.architecture(name, host));
        if (arguments.get(Options.DRY_RUN)) {
            return session.costs(name, host).drop(drops);
        }
        String result = Options.newModel(arguments);
        TransformerModel model = session.model(name, host);
        PlainWeights.requireNoAdapters(name, model, "cut");
        TransformerModel dropped = Dropping.drop(model, drops);
        session.put(result, dropped, session.lineage(name).dropped(drops.get(0).layers()));
        host.bind(result, dropped);
        return CompressionResult.ofDrop(name, result, drops, model, dropped);
    }

    private static List<LayerDrop> drops(Arguments arguments, Architecture architecture) {
        List<Integer> layers =
                Options.groups(arguments).stream().flatMap(List::stream).toList();
        return Options.stacks(arguments, architecture).stream()
                .map(stack -> new LayerDrop(stack, layers))
                .toList();
    }
}
