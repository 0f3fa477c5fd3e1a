package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.align.Calibration;
import ffmerge.data.Split;
import ffmerge.evaluate.Metric;
import ffmerge.model.TransformerModel;
import ffmerge.result.Result;
import ffmerge.result.SweepResult;
import ffmerge.shrink.Choice;
import ffmerge.shrink.Choices;
import ffmerge.shrink.Outline;
import ffmerge.shrink.Ways;
import ffmerge.study.WindowSweep;
import ffmerge.workload.Workload;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * {@code sweep NAME --length 5}
 *
 * @param ways whose methods can be named
 */
record SweepCommand(Ways ways) implements Command {
    private static final Option<List<Integer>> LENGTH =
            Option.wholes("length", 1, "how many layers a window has; of several lengths a map is drawn");
    private static final Option<String> REFERENCE = Options.REFERENCE.dependsOn("the unchanged model");
    private static final Option<Split> SPLIT = Options.split(Split.VALIDATION);

    private Option<List<String>> methods() {
        return Option.items(
                        "methods",
                        String.join(",", ways.onWindows()),
                        "what is done to a window; the best window is the first method's")
                .orElse(List.of("permute", "none"));
    }

    /** What can be chosen about the methods. */
    private Map<Choice<?>, Option<?>> choices() {
        return ways.choices().stream()
                .collect(Collectors.toMap(choice -> choice, Options::of, (a, b) -> a, LinkedHashMap::new));
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
                        List.of(LENGTH, methods(), Options.STACK),
                        DataOptions.measured(SPLIT),
                        List.of(
                                Options.TOKENS,
                                Options.PROTOCOL,
                                Options.MEMORY,
                                REFERENCE,
                                Options.AS_RESULT,
                                Options.DRY_RUN,
                                Options.OUT),
                        List.copyOf(choices().values()),
                        DataOptions.GENERATION));
    }

    @Override
    public Class<SweepResult> result() {
        return SweepResult.class;
    }

    @Override
    public void check(Arguments arguments, Session session) {
        lengths(arguments);
        ways.onWindows(arguments.get(methods()), Choices.NONE);
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
        Workload workload = session.workload(model, arguments, arguments.get(SPLIT), host);
        WindowSweep.Settings asked = settings(arguments, model, 0);
        WindowSweep.Candidates candidates = WindowSweep.candidates(name, model, asked);
        WindowSweep.Settings settings = candidates.needs().isEmpty()
                ? asked
                : settings(arguments, model, Options.tokens(arguments, workload, host));
        if (arguments.get(Options.DRY_RUN)) {
            Metric metric = workload.metric(settings.split(), settings.limit());
            Calibration calibration = Options.calibration(arguments, settings.tokens(), session);
            return session.costs(name, host).sweep(candidates.shrinks(), metric, calibration);
        }
        candidates.shrinks().stream()
                .flatMap(shrink -> shrink.notices(Outline.of(model), settings.tokens()).stream())
                .distinct()
                .forEach(host::notice);
        long memory = arguments.get(Options.MEMORY);
        Optional<WindowSweep.Named> reference = arguments
                .given(REFERENCE)
                .map(other -> new WindowSweep.Named(other, Reference.of(other, model, session, host)));
        return WindowSweep.run(
                new WindowSweep.Named(name, model),
                reference,
                settings,
                workload,
                session.state(),
                memory,
                host.progress());
    }

    private WindowSweep.Settings settings(Arguments arguments, TransformerModel model, int tokens) {
        return new WindowSweep.Settings(
                lengths(arguments),
                Options.stacks(arguments, model.architecture()),
                ways.onWindows(arguments.get(methods()), chosen(arguments)),
                arguments.get(SPLIT),
                arguments.get(Options.LIMIT),
                tokens,
                arguments.get(Options.PROTOCOL),
                arguments.get(Options.SEED));
    }

    private Choices chosen(Arguments arguments) {
        Choices chosen = Choices.NONE;
        for (Map.Entry<Choice<?>, Option<?>> choice : choices().entrySet()) {
            chosen = chosen.with(choice.getKey(), arguments.get(choice.getValue()));
        }
        return chosen;
    }
}
