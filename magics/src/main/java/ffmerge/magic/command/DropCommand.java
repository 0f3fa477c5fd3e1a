package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.model.TransformerModel;
import ffmerge.result.Labels;
import ffmerge.result.Result;
import ffmerge.result.ShrinkResult;
import ffmerge.shrink.Choices;
import ffmerge.shrink.DropLayers;
import ffmerge.shrink.Shrink;
import ffmerge.shrink.Ways;
import ffmerge.study.LayersToDrop;
import ffmerge.study.WindowSweep;
import ffmerge.workload.Workload;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code drop NAME --window 3-4 --as NEW} */
record DropCommand() implements ShrinkCommand {
    private static final Option<DropLayers.Site> SITE = Options.of(DropLayers.SITE);
    private static final Option<LayersToDrop.By> BY = Option.choice(
            "by",
            "instead of layers that are named: those of least Block Influence, the adjacent ones that turn the states least"
                    + " (angular), or the window without which the model measures best (score)",
            LayersToDrop.By::label,
            List.of(LayersToDrop.By.values()));
    private static final Option<Integer> LENGTH = Option.whole("length", 1, "of --by: how many layers go");

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
                DataOptions.list(
                        List.of(Options.AS_MODEL, Options.WINDOW, Options.LAYERS, BY, LENGTH, Options.STACK, SITE),
                        DataOptions.measured(WindowOptions.SPLIT),
                        List.of(
                                Options.TOKENS,
                                Options.PROTOCOL,
                                Options.MEMORY,
                                Options.SEED,
                                Options.DRY_RUN,
                                Options.OUT),
                        DataOptions.GENERATION));
    }

    @Override
    public Class<ShrinkResult> result() {
        return ShrinkResult.class;
    }

    @Override
    public void check(Arguments arguments, Session session) {
        ShrinkCommand.super.check(arguments, session);
        requireWords(arguments);
    }

    /** @throws UserError if layers are neither named nor chosen, or both */
    private static void requireWords(Arguments arguments) {
        if (!arguments.has(BY)) {
            if (arguments.has(LENGTH)) {
                throw new UserError("--length is of layers that are chosen: say by what, as with --by influence");
            }
            Options.groups(arguments);
            return;
        }
        if (arguments.has(Options.WINDOW) || arguments.has(Options.LAYERS)) {
            throw new UserError(
                    "layers are either named, with --window or --layers, or chosen, with --by and --length");
        }
        length(arguments);
    }

    private static int length(Arguments arguments) {
        return arguments
                .given(LENGTH)
                .orElseThrow(() -> new UserError("say how many layers go: --by influence --length 2"));
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        requireWords(arguments);
        return arguments.has(BY) ? chosen(arguments, session, host) : ShrinkCommand.super.run(arguments, session, host);
    }

    private Result chosen(Arguments arguments, Session session, Host host) {
        TransformerModel model = session.model(arguments.first(), host);
        WindowSweep.Named named = new WindowSweep.Named(arguments.first(), model);
        LayersToDrop.By by = arguments.get(BY);
        boolean reads = by != LayersToDrop.By.SCORE;
        Workload workload = session.workload(model, arguments, arguments.get(WindowOptions.SPLIT), host);
        WindowSweep.Settings settings = new WindowSweep.Settings(
                length(arguments),
                Options.stacks(arguments, model.architecture()),
                Ways.BUILT_IN.onWindows(
                        List.of(spec().name()), Choices.NONE.with(DropLayers.SITE, arguments.get(SITE))),
                arguments.get(WindowOptions.SPLIT),
                arguments.get(Options.LIMIT),
                reads ? Options.tokens(arguments, workload, host) : 0,
                arguments.get(Options.PROTOCOL),
                arguments.get(Options.SEED));
        WindowSweep.Candidates windows = WindowSweep.candidates(named.name(), model, settings);
        if (arguments.get(Options.DRY_RUN)) {
            return session.costs(named.name(), host)
                    .chosen(
                            arguments.command(),
                            windows.shrinks().get(0),
                            reads ? List.of() : windows.shrinks(),
                            workload.metric(settings.split(), settings.limit()),
                            Options.calibration(arguments, settings.tokens(), session));
        }
        Options.newModel(arguments);
        List<Integer> layers = LayersToDrop.of(
                by,
                WindowOptions.subject(arguments, named, Optional.empty(), workload, session, host),
                settings,
                windows);
        host.notice(
                "chosen by " + by.label() + ": " + (layers.size() == 1 ? "layer " : "layers ") + Labels.layers(layers));
        return ShrinkCommands.run(way(arguments, settings.stacks(), layers), arguments, session, host);
    }

    @Override
    public Shrink way(Arguments arguments, Architecture architecture) {
        if (arguments.has(BY)) {
            throw new UserError("--by looks at a loaded model; leave it out where the best of all windows is taken");
        }
        return way(
                arguments,
                Options.stacks(arguments, architecture),
                Options.groups(arguments).stream().flatMap(List::stream).toList());
    }

    @Override
    public boolean isOpen(Arguments arguments) {
        return Options.namesNoLayers(arguments) && !arguments.has(BY);
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
