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
                        OptionSpec.whole("length", "N", "", "how many layers a window has"),
                        OptionSpec.text(
                                "methods",
                                "permute,none,random,drop",
                                "permute,none",
                                "what is done to a window; the best window is the first method's"),
                        Options.ANCHOR,
                        Options.FEATURES,
                        Options.STACK,
                        Options.DATA,
                        Options.SKIP_BROKEN,
                        Options.split("validation"),
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
        if (!arguments.has("length")) {
            throw new UserError("say how many layers a window has: --length 6");
        }
        Workload workload = session.workload(model, arguments, host);
        List<WindowSweep.Method> methods = arguments.items("methods", "permute,none").stream()
                .map(WindowSweep.Method::parse)
                .distinct()
                .toList();
        boolean records = methods.contains(WindowSweep.Method.PERMUTE);
        WindowSweep.Settings settings = new WindowSweep.Settings(
                arguments.whole("length", 0, 1),
                Options.stacks(arguments, model.architecture()),
                methods,
                Options.anchor(arguments),
                Options.features(arguments, model.architecture()),
                Options.split(arguments, Split.VALIDATION),
                Options.limit(arguments),
                records ? Options.tokens(arguments, workload, host) : 0,
                Options.seed(arguments),
                Options.protocol(arguments));
        long memory = Options.memory(arguments);
        if (arguments.flag("dry-run")) {
            Metric metric = workload.metric(settings.split(), settings.limit());
            Calibration calibration = Options.calibration(arguments, settings.tokens(), session);
            return session.costs(name, host).sweep(settings, WindowSweep.windows(model, settings), metric, calibration);
        }
        return WindowSweep.run(name, model, settings, workload, session.state(), memory, host.progress());
    }
}
