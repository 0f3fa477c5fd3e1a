package ffmerge.magic.command;

import ffmerge.architecture.Architecture;
import ffmerge.result.ShrinkResult;
import ffmerge.shrink.DropLayers;
import ffmerge.shrink.Shrink;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code drop NAME --window 3-4 --as NEW} */
record DropCommand() implements ShrinkCommand {
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
        ShrinkCommand.super.check(arguments, session);
        Options.groups(arguments);
    }

    @Override
    public Shrink way(Arguments arguments, Architecture architecture) {
        return way(
                arguments,
                Options.stacks(arguments, architecture),
                Options.groups(arguments).stream().flatMap(List::stream).toList());
    }

    @Override
    public boolean isOpen(Arguments arguments) {
        return Options.namesNoLayers(arguments);
    }

    @Override
    public List<List<Shrink>> open(Arguments arguments, Architecture architecture) {
        return isOpen(arguments)
                ? Options.windows(arguments, architecture, 1, 1, (stacks, window) -> way(arguments, stacks, window))
                : List.of();
    }

    private static Shrink way(Arguments arguments, List<String> stacks, List<Integer> layers) {
        Map<String, List<Integer>> byStack = new LinkedHashMap<>();
        stacks.forEach(stack -> byStack.put(stack, layers));
        return arguments.get(SITE).drop(byStack);
    }
}
