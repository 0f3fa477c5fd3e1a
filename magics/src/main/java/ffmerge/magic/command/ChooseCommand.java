package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.align.Aligner;
import ffmerge.align.Calibration;
import ffmerge.architecture.Branch;
import ffmerge.evaluate.Metric;
import ffmerge.model.TransformerModel;
import ffmerge.result.ChooseResult;
import ffmerge.result.Result;
import ffmerge.result.WindowScore;
import ffmerge.shrink.DropLayers;
import ffmerge.shrink.Outline;
import ffmerge.shrink.Shrink;
import ffmerge.shrink.Ways;
import ffmerge.study.Choosing;
import ffmerge.study.WindowSweep;
import ffmerge.workload.Workload;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * {@code choose NAME --length 4 --by cka}
 *
 * @param ways whose methods can be named
 */
record ChooseCommand(Ways ways) implements Command {
    private static final Option<Integer> LENGTH = Option.whole(
            "length", 1, "how many layers a window has; of groups, as many sublayers go as one of such a window");
    private static final Option<WindowScore> BY = Option.choice(
                    "by",
                    "what the best is chosen by: the measured score; the CKA, matched correlation or matched weights of"
                            + " sublayers; Block Influence; the loss added when one sublayer takes another's place; or"
                            + " chance",
                    WindowScore::label,
                    List.of(WindowScore.values()))
            .orElse(WindowScore.SCORE);
    private static final Option<Boolean> GROUPS = Option.flag(
            "groups",
            "groups of layers that need not be adjacent instead of windows: each score makes its own, by complete-link"
                    + " clustering of what is alike, or of the layers of least influence");
    private static final Option<Double> BUDGET = Option.number(
                    "budget", "of --groups: the share of the unique parameters that must go")
            .dependsOn("what a window of --length takes");
    private static final Option<String> MEASURE = Option.choice(
                    "measure",
                    "whether all are measured as sweep does it, to see how well scores predict that",
                    "yes",
                    "no")
            .orElse("yes");
    private static final Option<List<String>> SCORES = Option.items(
                    "scores",
                    cheap().stream().map(WindowScore::label).collect(Collectors.joining(",")),
                    "which scores are worked out besides what is chosen by")
            .orElse(cheap().stream().map(WindowScore::label).toList(), "all");
    private static final Option<Integer> REPEAT = Option.whole(
                    "repeat",
                    0,
                    "choose so often again, by other texts, seeds and numbers of tokens, and say how often the same wins")
            .orElse(0);
    private static final Option<Integer> STEPS = Option.whole(
                    "steps", 0, "tune each for so many steps, and say how well scores predict what comes out")
            .orElse(0);

    private static List<WindowScore> cheap() {
        return Arrays.stream(WindowScore.values()).filter(WindowScore::isCheap).toList();
    }

    private WindowOptions options() {
        return new WindowOptions(ways, ways.onWindows().subList(0, 1));
    }

    @Override
    public Command over(Ways known) {
        return new ChooseCommand(known);
    }

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "choose",
                "NAME",
                1,
                1,
                CommandSpec.Takes.LOADED_MODEL,
                "which layers to shrink, by scores that cost little, and how well each predicts what is measured",
                "%ffmerge choose base --length 4 --by cka --as chosen",
                CommandSpec.Makes.RESULT,
                DataOptions.list(
                        List.of(
                                LENGTH,
                                BY,
                                GROUPS,
                                BUDGET,
                                MEASURE,
                                SCORES,
                                REPEAT,
                                STEPS,
                                options().methods(),
                                Options.STACK),
                        WindowOptions.SCORED,
                        List.copyOf(options().choices().values()),
                        DataOptions.GENERATION));
    }

    @Override
    public Class<ChooseResult> result() {
        return ChooseResult.class;
    }

    @Override
    public void check(Arguments arguments, Session session) {
        length(arguments);
        options().check(arguments);
        scores(arguments);
        if (arguments.get(options().methods()).size() > 1) {
            throw new UserError("choose measures what one method does: --methods permute");
        }
        if (arguments.get(BY) == WindowScore.SCORE && arguments.get(MEASURE).equals("no")) {
            throw new UserError(
                    "--by score measures every candidate: leave --measure no out, or choose --by influence");
        }
        if (arguments.get(BY).isOfPairs() && length(arguments) < 2 && !arguments.get(GROUPS)) {
            throw new UserError("--by " + arguments.get(BY).label()
                    + " compares the layers of a window with one another: --length 2 or more, or --by influence");
        }
        if (arguments.has(BUDGET) && !arguments.get(GROUPS)) {
            throw new UserError("--budget is of groups: add --groups, or say --length for windows");
        }
    }

    private static int length(Arguments arguments) {
        return arguments.given(LENGTH).orElseThrow(() -> new UserError("say how many layers a window has: --length 4"));
    }

    /** Those that are wanted, and what is chosen by. */
    private static Set<WindowScore> scores(Arguments arguments) {
        Set<WindowScore> scores = EnumSet.noneOf(WindowScore.class);
        List<String> labels = cheap().stream().map(WindowScore::label).toList();
        for (String word : arguments.get(SCORES)) {
            scores.add(cheap().get(labels.indexOf(OptionValues.choice(SCORES.name(), word, labels))));
        }
        if (arguments.get(BY).isCheap()) {
            scores.add(arguments.get(BY));
        }
        return scores;
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        check(arguments, session);
        String name = arguments.first();
        TransformerModel model = session.model(name, host);
        Workload workload = session.workload(model, arguments, arguments.get(WindowOptions.SPLIT), host);
        Choosing.Settings settings = settings(arguments, model, Options.tokens(arguments, workload, host));
        WindowSweep.Named named = new WindowSweep.Named(name, model);
        WindowSweep.Candidates windows = WindowSweep.candidates(name, model, settings.sweep());
        if (arguments.get(Options.DRY_RUN)) {
            return dryRun(arguments, session, host, named, settings, windows, workload);
        }
        windows.shrinks().stream()
                .flatMap(shrink ->
                        shrink.notices(Outline.of(model), settings.sweep().tokens()).stream())
                .distinct()
                .forEach(host::notice);
        return Choosing.of(
                WindowOptions.subject(
                        arguments,
                        named,
                        WindowOptions.reference(arguments, model, session, host),
                        workload,
                        session,
                        host),
                settings);
    }

    private Choosing.Settings settings(Arguments arguments, TransformerModel model, int tokens) {
        boolean ofAttention = arguments.get(Options.of(DropLayers.SITE)) == DropLayers.Site.ATTENTION;
        return new Choosing.Settings(
                options().settings(arguments, model, List.of(length(arguments)), tokens),
                arguments.get(BY),
                ofAttention ? Branch.ATTENTION : Branch.FEED_FORWARD,
                arguments.get(GROUPS),
                arguments.get(BUDGET, 0.),
                arguments.get(MEASURE).equals("yes"),
                scores(arguments),
                arguments.get(REPEAT),
                arguments.get(STEPS));
    }

    private static Result dryRun(
            Arguments arguments,
            Session session,
            Host host,
            WindowSweep.Named named,
            Choosing.Settings settings,
            WindowSweep.Candidates windows,
            Workload workload) {
        if (settings.steps() > 0) {
            host.notice("without the tuning of each candidate: %ffmerge tune " + named.name() + " --steps "
                    + settings.steps() + " --dry-run says what one takes");
        }
        Metric metric =
                workload.metric(settings.sweep().split(), settings.sweep().limit());
        Calibration calibration =
                Options.calibration(arguments, settings.sweep().tokens(), session);
        List<Shrink> measured = settings.measured() ? windows.shrinks() : List.of();
        List<Aligner.LayerPair> pairs = Choosing.pairs(named.model(), settings);
        return session.costs(named.name(), host)
                .choose(
                        measured,
                        metric,
                        calibration,
                        pairs,
                        Choosing.replacedTokens(settings.sweep().tokens()),
                        1 + settings.repeats());
    }
}
