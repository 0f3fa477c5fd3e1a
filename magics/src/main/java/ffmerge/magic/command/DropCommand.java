package ffmerge.magic.command;

import ffmerge.architecture.Architecture;
import ffmerge.merge.LayerDrop;
import ffmerge.result.Result;
import ffmerge.result.ShrinkResult;
import ffmerge.shrink.DropLayers;
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
    public Class<ShrinkResult> result() {
        return ShrinkResult.class;
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        DropLayers way = new DropLayers(drops(arguments, session.architecture(arguments.first(), host)));
        return ShrinkCommands.run(way, arguments, session, host);
    }

    private static List<LayerDrop> drops(Arguments arguments, Architecture architecture) {
        List<Integer> layers =
                Options.groups(arguments).stream().flatMap(List::stream).toList();
        return Options.stacks(arguments, architecture).stream()
                .map(stack -> new LayerDrop(stack, layers))
                .toList();
    }
}
