package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.align.Calibration;
import ffmerge.data.Split;
import ffmerge.evaluate.Metric;
import ffmerge.model.TransformerModel;
import ffmerge.result.Result;
import ffmerge.shrink.PlainWeights;
import ffmerge.study.WindowSweep;
import ffmerge.workload.Workload;
import java.util.List;

/** {@code sweep NAME --length 5} */
record SweepCommand() implements Command {
    private static final Option<Integer> LENGTH = Option.whole("length", 1, "how many layers a window has");
    private static final Option<List<WindowSweep.Method>> METHODS = Option.items(
                    "methods",
                    "permute,none,random,drop",
                    "what is done to a window; the best window is the first method's",
                    WindowSweep.Method::parse,
                    WindowSweep.Method::label)
            .orElse(List.of(WindowSweep.Method.PERMUTE, WindowSweep.Method.NONE));
    private static final Option<Split> SPLIT = Options.split(Split.VALIDATION);

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "sweep",
                "NAME",
                1,
                1,
                CommandSpec.Takes.LOADED_MODEL,
                "scores every window of a length before tuning: a table, a curve, the best window",
                "%ffmerge sweep base --length 6 --methods permute,none --as windows",
                CommandSpec.Makes.RESULT,
                Options.withGeneration(
                        LENGTH,
                        METHODS,
                        Options.ANCHOR,
                        Options.FEATURES,
                        Options.STACK,
                        Options.DATA,
                        Options.SKIP_BROKEN,
                        SPLIT,
                        Options.LIMIT,
                        Options.WEIGHTING,
                        Options.TOKENS,
                        Options.PROTOCOL,
                        Options.MEMORY,
                        Options.SEED,
                        Options.AS_RESULT,
                        Options.DRY_RUN,
                        Options.OUT));
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        String name = arguments.first();
        TransformerModel model = session.model(name, host);
        PlainWeights.requireMergeable(name, model);
        int length = arguments
                .given(LENGTH)
                .orElseThrow(() -> new UserError("say how many layers a window has: --length 6"));
        Workload workload = session.workload(model, arguments, arguments.get(SPLIT), host);
        List<WindowSweep.Method> methods = arguments.get(METHODS);
        boolean records = methods.contains(WindowSweep.Method.PERMUTE);
        WindowSweep.Settings settings = new WindowSweep.Settings(
                length,
                Options.stacks(arguments, model.architecture()),
                methods,
                arguments.get(Options.ANCHOR),
                Options.features(arguments, model.architecture()),
                arguments.get(SPLIT),
                arguments.get(Options.LIMIT),
                records ? Options.tokens(arguments, workload, host) : 0,
                arguments.get(Options.SEED),
                arguments.get(Options.PROTOCOL));
        long memory = arguments.get(Options.MEMORY);
        if (arguments.get(Options.DRY_RUN)) {
            Metric metric = workload.metric(settings.split(), settings.limit());
            Calibration calibration = Options.calibration(arguments, settings.tokens(), session);
            return session.costs(name, host).sweep(settings, WindowSweep.windows(model, settings), metric, calibration);
        }
        return WindowSweep.run(name, model, settings, workload, session.state(), memory, host.progress());
    }
}
