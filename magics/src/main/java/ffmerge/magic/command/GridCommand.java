package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.align.Calibration;
import ffmerge.cost.Costs;
import ffmerge.data.Split;
import ffmerge.model.TransformerModel;
import ffmerge.result.DryRun;
import ffmerge.result.GridResult;
import ffmerge.result.Result;
import ffmerge.study.Grid;
import ffmerge.study.GridSizes;
import ffmerge.study.GridWay;
import ffmerge.study.Tuning;
import ffmerge.workload.ModelSource;
import ffmerge.workload.Workload;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code %%ffmerge grid} with what it is of as YAML below. */
record GridCommand() implements Command {
    static final String WAYS = "ways";

    private static final Option<String> MODEL = Option.text(
            "model", "NAME|PATH|ID", "what is shrunk: a loaded model, or one that load takes, closed again at the end");
    private static final Option<List<String>> WAY = Option.list(
            WAYS,
            "WAY",
            "ways to shrink: a command's words without model, window and sparsity, as merge --average regression; in turn as"
                    + " drop --site attention" + GridWay.THEN + "quantize --to nf4",
            Option.Given::written,
            words -> words);
    private static final Option<List<List<Double>>> SIZES = Option.list(
            "sizes",
            "SHARE,SHARE",
            "which shares are to be removed, as 0.1 or 1/6; each way takes its smallest step that removes as much, at its"
                    + " best window on validation",
            given -> Arrays.stream(given.text().split(","))
                    .map(String::strip)
                    .map(GridCommand::share)
                    .toList(),
            shares -> shares);
    private static final Option<GridSizes.Of> OF = Option.choice(
                    "of",
                    "what sizes are shares of: the unique parameters, or those of the FF sublayers",
                    GridSizes.Of::label,
                    List.of(GridSizes.Of.values()))
            .orElse(GridSizes.Of.PARAMETERS);
    private static final Option<List<List<Integer>>> SEEDS = Option.list(
                    "seeds",
                    "N,N",
                    "of what is random in ways and of tuning; each way is gone with each",
                    given -> Arrays.stream(given.text().split(","))
                            .map(seed -> OptionValues.whole("seeds", seed.strip(), 0))
                            .toList(),
                    seeds -> seeds)
            .orElse(List.of(List.of(0)), "0");
    private static final Option<Integer> STEPS =
            Option.whole("steps", 0, "steps of tuning that each model gets").orElse(0);
    private static final Option<Split> SPLIT = Options.split(Split.TEST);
    private static final Option<Boolean> LATENCY = Option.flag(
            "latency", "time each model in turn with the unchanged one, with one example and with eight at once");
    private static final Option<String> OUT = Option.text(
                    "out",
                    "FOLDER|FILE",
                    "also write the result there: into a folder in all forms, or as one .json, .csv, .html, .png or .svg")
            .naming(Option.Names.OUTPUT_FOLDER);

    /** What a way's words can't say, as the whole grid does or as it has no meaning here. */
    private static final List<Option<?>> NO_WAYS_OWN = List.of(Options.AS_MODEL, Options.SEED);

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "grid",
                "",
                0,
                0,
                CommandSpec.Takes.NOTHING,
                "ways to shrink × sizes × seeds, tuned and measured; goes on where it was stopped, and computes only what is"
                        + " new",
                "%%ffmerge grid\nmodel: gpt2-novels\nways: [merge --average regression, drop]\nsizes: [0.1]\nlimit: 20",
                CommandSpec.Makes.RESULT,
                DataOptions.list(
                        List.of(MODEL, WAY, SIZES, OF, SEEDS, STEPS),
                        DataOptions.measured(SPLIT),
                        List.of(
                                Options.TOKENS,
                                Options.PROTOCOL,
                                Options.MEMORY,
                                Options.DEVICE,
                                Options.DTYPE,
                                Options.REVISION),
                        TuneCommand.TRAINING,
                        List.of(LATENCY),
                        List.of(Options.AS_RESULT, Options.DRY_RUN, OUT),
                        DataOptions.GENERATION));
    }

    @Override
    public Class<GridResult> result() {
        return GridResult.class;
    }

    private static double share(String text) {
        try {
            int slash = text.indexOf('/');
            double share = slash < 0
                    ? Double.parseDouble(text)
                    : Double.parseDouble(text.substring(0, slash)) / Double.parseDouble(text.substring(slash + 1));
            if (share > 0 && share < 1) {
                return share;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new UserError("--sizes are shares above 0 and below 1, as 0.1 or 1/6; '" + text + "' isn't");
    }

    @Override
    public void check(Arguments arguments, Session session) {
        named(arguments);
        List<GridWay> ways = ways(arguments, session, "NAME");
        if (ways.stream().anyMatch(GridWay::isSized) && sizes(arguments).isEmpty()) {
            throw new UserError("say how much is to be removed: sizes: [0.1, 0.2]");
        }
        seeds(arguments);
    }

    private static String named(Arguments arguments) {
        return arguments.given(MODEL).orElseThrow(() -> new UserError("say what is to be shrunk: model: gpt2-novels"));
    }

    private List<GridWay> ways(Arguments arguments, Session session, String model) {
        List<String> written = arguments.get(WAY);
        if (written.isEmpty()) {
            throw new UserError("say by which ways: ways: [merge --average regression, drop]");
        }
        Set<String> taken = new HashSet<>();
        spec().options().forEach(option -> taken.add(option.name()));
        NO_WAYS_OWN.forEach(option -> taken.add(option.name()));
        return new GridWays(session.commands(), model, taken, arguments.variables()).read(written);
    }

    private static List<Double> sizes(Arguments arguments) {
        return OptionValues.distinct(
                "--sizes", arguments.get(SIZES).stream().flatMap(List::stream).toList());
    }

    private static List<Integer> seeds(Arguments arguments) {
        return OptionValues.distinct(
                "--seeds", arguments.get(SEEDS).stream().flatMap(List::stream).toList());
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        check(arguments, session);
        String named = named(arguments);
        if (session.isLoaded(named, host)) {
            return run(
                    new Grid.Source(named, session.model(named, host), session.lineage(named)),
                    arguments,
                    session,
                    host);
        }
        ModelSource.Found found = session.shelf().models().find(named, arguments.given(Options.REVISION), host);
        LoadCommand.Read read = LoadCommand.read(found, arguments, host);
        try (TransformerModel model = read.model()) {
            return run(new Grid.Source(found.name(), model, read.lineage()), arguments, session, host);
        }
    }

    private Result run(Grid.Source source, Arguments arguments, Session session, Host host) {
        TransformerModel model = source.model();
        Split split = arguments.get(SPLIT);
        Workload workload = session.workload(model, arguments, split, host);
        Calibration calibration = Options.calibration(arguments, Options.tokens(arguments, workload, host), session);
        Grid.Settings settings = new Grid.Settings(
                spec().name(),
                ways(arguments, session, source.name()),
                new GridSizes(sizes(arguments), arguments.get(OF)),
                seeds(arguments),
                split,
                arguments.get(Options.LIMIT),
                calibration,
                arguments.get(LATENCY),
                logged(arguments));
        Grid grid = new Grid(
                source,
                settings,
                new Tune(arguments, source, workload, session, host),
                workload,
                session.log(),
                result -> host.live(spec().name(), result),
                host.progress());
        grid.notices().forEach(host::notice);
        return arguments.get(Options.DRY_RUN) ? grid.cost(session.costs(source.name(), model)) : grid.run();
    }

    /** What a cell's run is logged with: all that doesn't tell it from others of the grid. */
    private static Map<String, Object> logged(Arguments arguments) {
        Map<String, Object> options = arguments.resolved();
        List.of(WAY, SIZES, SEEDS, Options.AS_RESULT, OUT, Options.DRY_RUN)
                .forEach(option -> options.remove(option.name()));
        return options;
    }

    /** As {@code tune} with the grid's options. */
    private record Tune(Arguments arguments, Grid.Source source, Workload workload, Session session, Host host)
            implements Grid.Recovery {
        @Override
        public int steps() {
            return arguments.get(STEPS);
        }

        private TuneCommand.Training training(String name, TransformerModel model, int seed) {
            int limit = arguments.has(Options.LIMIT) ? arguments.get(Options.LIMIT) : Tuning.USUAL_VALIDATION;
            return TuneCommand.Training.of(name, model, arguments, steps(), seed, limit);
        }

        @Override
        public String key(int seed) {
            return training(source.name(), source.model(), seed)
                    + ExecutionOptions.of(arguments, source.model(), host)
                            .products()
                            .label();
        }

        @Override
        public Grid.Recovered tune(String name, TransformerModel model, int seed) {
            return training(name, model, seed).tuned(name, name, model, workload, arguments, session, host);
        }

        @Override
        public DryRun cost(Costs costs) {
            return training(source.name(), source.model(), 0).cost(costs, source.model(), workload, arguments, host);
        }
    }
}
