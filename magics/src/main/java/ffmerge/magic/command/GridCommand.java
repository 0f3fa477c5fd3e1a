package ffmerge.magic.command;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.UserError;
import ffmerge.UserPath;
import ffmerge.align.Calibration;
import ffmerge.cost.Costs;
import ffmerge.data.Split;
import ffmerge.journal.CellLog;
import ffmerge.journal.FileNote;
import ffmerge.journal.Fingerprint;
import ffmerge.journal.Making;
import ffmerge.model.TransformerModel;
import ffmerge.result.DryRun;
import ffmerge.result.GridResult;
import ffmerge.result.Lineage;
import ffmerge.result.Result;
import ffmerge.study.EarlierGrid;
import ffmerge.study.Grid;
import ffmerge.study.GridSizes;
import ffmerge.study.GridWay;
import ffmerge.study.ModelInfos;
import ffmerge.study.Tuning;
import ffmerge.view.ResultJson;
import ffmerge.workload.ModelSource;
import ffmerge.workload.Workload;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** {@code %%ffmerge grid} with what it is of as YAML below. */
record GridCommand() implements Command {

    /** What a model that is loaded for a grid is called in its cells' recipes. */
    private static final String BASE = "base";

    private static final Option<String> MODEL = Option.text(
                    "model",
                    "NAME|PATH|ID",
                    "what is shrunk: a loaded model, or one that load takes, closed again at the end")
            .naming(Option.Names.MODEL);
    private static final Option<List<String>> WAY = Option.list(
            Options.WAYS,
            "WAY",
            "ways to shrink: a command's words without model, window and sparsity, as merge --average regression; in turn as"
                    + " drop --site attention" + GridWay.THEN + "quantize --to nf4",
            Option.Given::written,
            words -> words);
    private static final String LOAD = new LoadCommand().spec().name();

    static final Option<List<List<Double>>> SIZES = Option.list(
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
    static final Option<List<List<Integer>>> SEEDS = Option.list(
                    "seeds",
                    "N,N",
                    "of what is random in ways and of tuning; each way is gone with each",
                    given -> Arrays.stream(given.text().split(","))
                            .map(seed -> OptionValues.whole("seeds", seed.strip(), 0))
                            .toList(),
                    seeds -> seeds)
            .orElse(List.of(List.of(0)), "0");
    private static final Option<Integer> STEPS = Option.whole(
                    "steps", 0, "steps of tuning that each model gets; what validates best on the way is kept")
            .orElse(0);
    private static final Option<String> TEACHER = Option.text(
                    TuneCommand.TEACHER.name(),
                    "NAME|PATH|ID",
                    "a model to learn from in tuning beside the data: the shrunk one as it was, by its name, or another")
            .naming(Option.Names.MODEL);
    private static final Option<Split> SPLIT = Options.split(Split.TEST);
    private static final Option<Boolean> LATENCY = Option.flag(
            "latency", "time each model in turn with the unchanged one, with one example and with eight at once");
    static final Option<Boolean> ANEW = Option.flag(
            "anew", "compute cells again that an earlier grid has, to see whether the same comes out; both are kept");
    static final Option<String> AGAINST = Option.text(
            "against",
            "FILE",
            "also say how many cells lie inside the intervals of an earlier grid, whose .json this is");
    private static final Option<String> OUT = Option.text(
                    "out",
                    "FOLDER|FILE",
                    "also write the result there: into a folder in all forms, or as one .json, .csv, .html, .pdf, .png or .svg")
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
                        List.of(TEACHER, TuneCommand.TEMPERATURE, TuneCommand.DISTILL),
                        List.of(LATENCY, ANEW, AGAINST),
                        List.of(Options.AS_RESULT, Options.DRY_RUN, OUT, Options.WIDTH),
                        DataOptions.GENERATION));
    }

    @Override
    public Class<GridResult> result() {
        return GridResult.class;
    }

    private static double share(String text) {
        try {
            double share = OptionValues.share(text);
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
        checked(arguments, session);
    }

    /** Checks as {@link #check}; returns the grid that this one is to be set against. */
    private Optional<EarlierGrid> checked(Arguments arguments, Session session) {
        String model = named(arguments);
        GridWays words = words(arguments, session, model);
        List<GridWay> ways = words.read(written(arguments));
        if (ways.stream().anyMatch(GridWay::isSized) && sizes(arguments).isEmpty()) {
            throw new UserError(
                    arguments.has(SIZES)
                            ? "--sizes names none; say how much is to be removed: sizes: [0.1, 0.2]"
                            : "say how much is to be removed: sizes: [0.1, 0.2]");
        }
        session.outlineHere(model).ifPresent(whole -> words.requireGoable(ways, whole));
        if (arguments.has(SIZES) && ways.stream().noneMatch(GridWay::isSized)) {
            throw new UserError(
                    "--sizes are for ways that leave open how much goes, and each of these says it itself: leave"
                            + " out the sizes, or a way's window, layers or sparsity");
        }
        seeds(arguments);
        TuneCommand.requireDistillation(arguments);
        if (arguments.has(TEACHER) && arguments.get(STEPS) == 0) {
            throw new UserError("--teacher is of tuning: say for how many steps, as steps: 300");
        }
        return arguments.given(AGAINST).map(named -> EarlierGrid.read(named, UserPath.of(named)));
    }

    private static String named(Arguments arguments) {
        return arguments.given(MODEL).orElseThrow(() -> new UserError("say what is to be shrunk: model: gpt2-novels"));
    }

    private static List<String> written(Arguments arguments) {
        List<String> written = arguments.get(WAY);
        if (written.isEmpty()) {
            throw new UserError("say by which ways: ways: [merge --average regression, drop]");
        }
        return written;
    }

    private GridWays words(Arguments arguments, Session session, String model) {
        Set<String> taken = new HashSet<>();
        spec().options().forEach(option -> taken.add(option.name()));
        NO_WAYS_OWN.forEach(option -> taken.add(option.name()));
        return new GridWays(session.commands(), model, taken, () -> recorded(arguments), arguments.variables());
    }

    /** How activations are recorded, as a way's own command says it. */
    private static Map<String, Object> recorded(Arguments arguments) {
        Map<String, Object> options = arguments.resolved();
        options.keySet()
                .retainAll(DataOptions.list(DataOptions.RECORDED, List.of(Options.PROTOCOL, Options.MEMORY)).stream()
                        .map(Option::name)
                        .toList());
        return options;
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
        Optional<EarlierGrid> earlier = checked(arguments, session);
        try (Named source = named(MODEL, BASE, arguments, session, host);
                Named teacher = teacher(source, arguments, session, host)) {
            Grid grid = grid(source, Optional.ofNullable(teacher), arguments, session, host);
            earlier.ifPresent(before -> before.requireSame(json(grid.soFar())));
            if (arguments.get(Options.DRY_RUN)) {
                return grid.cost(session.costs(source.shown, source.model));
            }
            GridResult result = grid.run();
            return earlier.map(before -> result.with(before.compare(result))).orElse(result);
        }
    }

    private JsonNode json(GridResult result) {
        return ResultJson.of(spec().name(), result);
    }

    /**
     * A model that the grid works with.
     *
     * @param name in the recipes of its cells
     * @param isOwn whether it was loaded for the grid alone
     */
    private record Named(
            String name, String shown, TransformerModel model, Lineage lineage, Making making, boolean isOwn)
            implements AutoCloseable {
        @Override
        public void close() {
            if (isOwn) {
                model.close();
            }
        }
    }

    /** One that is loaded, or is loaded now and called so in recipes. */
    private static Named named(Option<String> option, String as, Arguments arguments, Session session, Host host) {
        String given = arguments.given(option).orElseThrow();
        if (session.isLoaded(given, host)) {
            TransformerModel model = session.model(given, host);
            String name = session.nameOf(model);
            return new Named(name, given, model, session.lineage(given), session.making(model), false);
        }
        ModelSource.Found found = session.shelf().models().find(given, arguments.given(Options.REVISION), host);
        found.revision().ifPresent(commit -> arguments.used(Options.REVISION, commit));
        LoadCommand.Read read = LoadCommand.read(found, arguments, host);
        String settled = session.shelf().models().settled(given);
        Map<String, Object> step = new LinkedHashMap<>(Map.of(LOAD, settled));
        step.put(Options.AS_MODEL.name(), as);
        Map<String, Object> resolved = arguments.resolved();
        List.of(Options.DEVICE, Options.DTYPE, Options.REVISION).stream()
                .map(Option::name)
                .filter(resolved::containsKey)
                .forEach(name -> step.put(name, resolved.get(name)));
        Making making = Making.of(step, List.of(), StepMaking.modelFiles(settled, found.folder()));
        arguments.lay(given, ModelInfos.place(read.model()));
        return new Named(as, found.name(), read.model(), read.lineage(), making, true);
    }

    /** The shrunk model itself where that is named; null where nobody teaches. */
    private static Named teacher(Named source, Arguments arguments, Session session, Host host) {
        if (!arguments.has(TEACHER)) {
            return null;
        }
        String given = arguments.given(TEACHER).orElseThrow();
        boolean isSource = given.equals(named(arguments)) || given.equals(GridResult.UNCHANGED);
        return isSource
                ? new Named(source.name, source.shown, source.model, source.lineage, source.making, false)
                : named(TEACHER, TEACHER.name(), arguments, session, host);
    }

    private Grid grid(Named named, Optional<Named> teacher, Arguments arguments, Session session, Host host) {
        TransformerModel model = named.model;
        Grid.Source source = new Grid.Source(named.shown, model, named.lineage);
        Split split = arguments.get(SPLIT);
        Workload workload = session.workload(model, arguments, split, host);
        Calibration calibration = Options.calibration(arguments, Options.tokens(arguments, workload, host), session);
        String data = session.shelf().settledData(workload.data());
        List<FileNote> files = FileNote.of(FileNote.DATA, data, session.shelf().dataFiles(data));
        GridMaking making = new GridMaking(
                arguments,
                named.name,
                named.making,
                teacher.map(t -> Map.of(t.name, t.making)).orElse(Map.of()),
                data,
                files);
        // each model reads those of tuning for itself; the log of the whole grid has them as they were given
        spec().options().stream().filter(arguments::has).forEach(arguments::given);
        boolean isAnew = arguments.get(ANEW);
        arguments.unused(ANEW);
        arguments.used(SEEDS, seeds(arguments));
        Grid.Settings settings = new Grid.Settings(
                spec().name(),
                words(arguments, session, source.name()).read(written(arguments)),
                new GridSizes(sizes(arguments), arguments.get(OF)),
                seeds(arguments),
                split,
                arguments.get(Options.LIMIT),
                calibration,
                arguments.get(LATENCY),
                isAnew,
                making);
        Grid grid = new Grid(
                source,
                settings,
                new Tune(
                        arguments,
                        source,
                        teacher,
                        teacher.map(t -> Fingerprint.of(t.model)).orElse(""),
                        FileNote.print(files),
                        workload,
                        session,
                        host),
                workload,
                session.log(),
                result -> host.live(spec().name(), result),
                host.progress());
        grid.notices().forEach(host::notice);
        return grid;
    }

    /**
     * As {@code tune} with the grid's options. Each model has them read for itself: what they don't say depends on the model,
     * and the log says what was used.
     *
     * @param teacherPrint a short name of the teacher's weights
     * @param dataPrint the data's files in a short name, by which what is learned from is known without being read; empty
     *     where there are none
     */
    private record Tune(
            Arguments arguments,
            Grid.Source source,
            Optional<Named> teacher,
            String teacherPrint,
            String dataPrint,
            Workload workload,
            Session session,
            Host host)
            implements Grid.Recovery {
        @Override
        public int steps() {
            return arguments.get(STEPS);
        }

        private static TuneCommand.Training training(
                String name, TransformerModel model, Arguments own, int steps, int seed) {
            int limit = own.has(Options.LIMIT) ? own.get(Options.LIMIT) : Tuning.USUAL_VALIDATION;
            return TuneCommand.Training.of(name, model, own, steps, seed, limit);
        }

        private Arguments own() {
            return arguments.seeing(arguments.variables());
        }

        @Override
        public String key(int seed) {
            Arguments own = own();
            return training(source.name(), source.model(), own, steps(), seed)
                    + (dataPrint.isEmpty() ? CellLog.print(List.of(workload.trainingBatch(1, 0, 0))) : dataPrint)
                    + ExecutionOptions.of(own, source.model(), host).products().label()
                    + teacher(source.name(), source.model(), own)
                            .map(Tuning.Teacher::distillation)
                            .map(d -> teacherPrint + d.temperature() + " " + d.weight())
                            .orElse("");
        }

        private Optional<Tuning.Teacher> teacher(String name, TransformerModel model, Arguments own) {
            return teacher.map(t -> TuneCommand.teacher(name, model, t.shown, t.model, t.lineage, workload, own));
        }

        @Override
        public Grid.Recovered tune(String name, TransformerModel model, int seed) {
            Arguments own = own();
            TuneCommand.Training training = training(name, model, own, own.get(STEPS), seed);
            Grid.Recovered recovered =
                    training.tuned(name, name, model, teacher(name, model, own), workload, own, session, host);
            Map<String, Object> options = new LinkedHashMap<>(own.resolved());
            options.put(Options.SEED.name(), seed);
            return new Grid.Recovered(recovered.tuned(), recovered.steps(), options);
        }

        @Override
        public DryRun cost(Costs costs) {
            Arguments own = own();
            return training(source.name(), source.model(), own, steps(), 0)
                    .cost(
                            costs,
                            source.model(),
                            teacher.map(t -> session.costs(t.shown, t.model)),
                            workload,
                            own,
                            host);
        }
    }
}
