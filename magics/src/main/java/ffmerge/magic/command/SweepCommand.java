package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.align.Calibration;
import ffmerge.evaluate.Metric;
import ffmerge.model.TransformerModel;
import ffmerge.result.Result;
import ffmerge.result.SweepResult;
import ffmerge.shrink.Outline;
import ffmerge.shrink.Ways;
import ffmerge.study.Subject;
import ffmerge.study.WindowSweep;
import ffmerge.workload.Workload;
import java.util.List;

/**
 * {@code sweep NAME --length 5}
 *
 * @param ways whose methods can be named
 */
record SweepCommand(Ways ways) implements Command {
    private static final Option<List<Integer>> LENGTH =
            Option.wholes("length", 1, "how many layers a window has; of several lengths a map is drawn");

    private static final Option<Boolean> RACE = Option.flag(
            "race", "score all windows on a few examples, and on more only those that can still be the best");

    private WindowOptions options() {
        return new WindowOptions(ways, List.of("permute", "none"));
    }

    @Override
    public Command over(Ways known) {
        return new SweepCommand(known);
    }

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "sweep",
                "NAME",
                1,
                1,
                CommandSpec.Takes.LOADED_MODEL,
                "scores every window of a length, or of several, before tuning: a table, a curve or a map, the best window",
                "%ffmerge sweep base --length 6 --methods permute,none --as windows",
                CommandSpec.Makes.RESULT,
                DataOptions.list(
                        List.of(LENGTH, options().methods(), Options.STACK, RACE, InferencePrecision.OPTION),
                        WindowOptions.SCORED,
                        List.copyOf(options().choices().values()),
                        DataOptions.GENERATION));
    }

    @Override
    public Class<SweepResult> result() {
        return SweepResult.class;
    }

    @Override
    public void check(Arguments arguments, Session session) {
        lengths(arguments);
        options().check(arguments);
    }

    /** In the order of lengths. */
    private static List<Integer> lengths(Arguments arguments) {
        if (!arguments.has(LENGTH)) {
            throw new UserError("say how many layers a window has: --length 6");
        }
        return arguments.get(LENGTH, List.of()).stream().sorted().toList();
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        String name = arguments.first();
        TransformerModel model = session.model(name, host);
        lengths(arguments);
        Workload workload = session.workload(model, arguments, arguments.get(WindowOptions.SPLIT), host);
        WindowSweep.Settings asked = options().settings(arguments, model, lengths(arguments), 0);
        WindowSweep.Candidates candidates = WindowSweep.candidates(name, model, asked);
        WindowSweep.Settings settings = candidates.needs().isEmpty()
                ? asked
                : options().settings(arguments, model, lengths(arguments), Options.tokens(arguments, workload, host));
        if (arguments.get(Options.DRY_RUN)) {
            Metric metric = workload.metric(settings.split(), settings.limit());
            Calibration calibration = Options.calibration(arguments, settings.tokens(), session);
            return session.costs(name, host).sweep(candidates.shrinks(), metric, calibration);
        }
        candidates.shrinks().stream()
                .flatMap(shrink -> shrink.notices(Outline.of(model), settings.tokens()).stream())
                .distinct()
                .forEach(host::notice);
        Subject subject = WindowOptions.subject(
                arguments,
                new WindowSweep.Named(name, model),
                WindowOptions.reference(arguments, model, session, host),
                workload,
                session,
                host,
                InferencePrecision.of(arguments, model, workload, host));
        SweepResult result =
                arguments.get(RACE) ? WindowSweep.race(subject, settings) : WindowSweep.run(subject, settings);
        session.swept(result, arguments.given(Options.AS_RESULT));
        return result;
    }
}
