package ffmerge.magic.command;

import ffmerge.result.Result;
import ffmerge.result.ShrinkResult;
import ffmerge.shrink.DropLayers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code drop NAME --window 3-4 --as NEW} */
record DropCommand() implements Command {
    private static final Option<DropLayers.Site> SITE = Options.of(DropLayers.SITE);

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "drop",
                "NAME",
                1,
                1,
                CommandSpec.Takes.LOADED_MODEL,
                "removes whole layers, the baseline that merging is compared with, or the FF or attention sublayers of some",
                "%ffmerge drop base --window 3-4 --as shallow",
                CommandSpec.Makes.MODEL,
                List.of(
                        Options.AS_MODEL,
                        Options.WINDOW,
                        Options.LAYERS,
                        Options.STACK,
                        SITE,
                        Options.DRY_RUN,
                        Options.OUT));
    }

    @Override
    public Class<ShrinkResult> result() {
        return ShrinkResult.class;
    }

    @Override
    public void check(Arguments arguments, Session session) {
        Command.super.check(arguments, session);
        Options.groups(arguments);
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        List<Integer> layers =
                Options.groups(arguments).stream().flatMap(List::stream).toList();
        Map<String, List<Integer>> byStack = new LinkedHashMap<>();
        Options.stacks(arguments, session.architecture(arguments.first(), host))
                .forEach(stack -> byStack.put(stack, layers));
        return ShrinkCommands.run(arguments.get(SITE).drop(byStack), arguments, session, host);
    }
}
