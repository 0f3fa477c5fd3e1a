package ffmerge.study;

import ffmerge.Counted;
import ffmerge.Interrupted;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.align.Calibration;
import ffmerge.cost.Costs;
import ffmerge.data.Split;
import ffmerge.evaluate.Bootstrap;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.MetricValue;
import ffmerge.evaluate.Scores;
import ffmerge.journal.CellLog;
import ffmerge.journal.Fingerprint;
import ffmerge.journal.RunLog;
import ffmerge.journal.Subjects;
import ffmerge.model.TransformerModel;
import ffmerge.result.Capsule;
import ffmerge.result.CompareResult;
import ffmerge.result.DryRun;
import ffmerge.result.GridResult;
import ffmerge.result.Lineage;
import ffmerge.result.Step;
import ffmerge.result.TuneResult;
import ffmerge.shrink.Outline;
import ffmerge.shrink.Shrink;
import ffmerge.shrink.Shrinking;
import ffmerge.study.GridPlaces.Place;
import ffmerge.workload.Workload;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Ways × sizes × seeds. Each way takes its smallest step that removes as much as a size asks for, at its best window on
 * validation data; what comes out is tuned and measured. A cell is a run of the log and is computed once: of the same model,
 * data and options it is found there again. Where a seed decides nothing, the seeds share a run.
 */
public final class Grid {
    /** Of the draws by which intervals are had: differences are paired, so all cells have the same. */
    public static final int DRAWS = 0;

    /**
     * A model that is shrunk.
     *
     * @param lineage how it came to be
     */
    public record Source(String name, TransformerModel model, Lineage lineage) {}

    /**
     * What a grid is of.
     *
     * @param command whose runs its cells are in the log
     * @param split on which cells are measured; windows are chosen on validation data
     * @param limit examples of either, at most
     * @param calibration how activations are recorded where a way needs them
     * @param isTimed whether each model is timed in turn with the unchanged one
     * @param isAnew whether cells are computed anew that an earlier grid has
     * @param logging what runs of cells are logged with
     */
    public record Settings(
            String command,
            List<GridWay> ways,
            GridSizes sizes,
            List<Integer> seeds,
            Split split,
            int limit,
            Calibration calibration,
            boolean isTimed,
            boolean isAnew,
            Logging logging) {}

    /** What the run of a cell is logged with. */
    public interface Logging {
        /**
         * All that was chosen for the cell.
         *
         * @param tuning what was chosen for its tuning, empty where it wasn't tuned
         */
        Map<String, Object> options(Map<String, Object> tuning);

        /**
         * What it takes to do a cell again by its commands, one by one.
         *
         * @param ways that were gone
         * @param tuning as {@link #options}
         * @param model what came out
         */
        Capsule capsule(List<GridWay.WayWords> ways, Map<String, Object> tuning, TransformerModel model);
    }

    /** How what comes out is tuned. */
    public interface Recovery {
        /** 0 where nothing is tuned. */
        int steps();

        /** All that it depends on beside the model and the data of {@link Settings#split} and validation, in words. */
        String key(int seed);

        /** Tunes a copy. */
        Recovered tune(String name, TransformerModel model, int seed);

        /** What it would cost. */
        DryRun cost(Costs costs);
    }

    /**
     * A tuned model.
     *
     * @param steps what was done, for its lineage
     * @param options all that was chosen for it, by their names
     */
    public record Recovered(Tuning.Tuned tuned, List<Step> steps, Map<String, Object> options)
            implements AutoCloseable {
        @Override
        public void close() {
            tuned.close();
        }
    }

    private final Source source;
    private final Settings settings;
    private final Recovery recovery;
    private final Workload workload;
    private final CellLog log;
    private final Consumer<GridResult> live;
    private final Progress progress;
    private final Outline whole;
    private final Metric metric;
    private final Metric validation;
    /** Of the model, the data and how both are used. */
    private final String print;

    private final GridWindows windows;
    private final List<Place> places;
    private final Map<Place, CellLog.Logged> found = new LinkedHashMap<>();
    private final Map<Place, String> failed = new LinkedHashMap<>();
    private final Map<String, Bootstrap> bootstraps = new LinkedHashMap<>();
    /** How many cells were in the log before. */
    private final int reused;

    /**
     * @param runs the log in which cells are found and kept
     * @param live is shown the table so far, after each cell
     */
    public Grid(
            Source source,
            Settings settings,
            Recovery recovery,
            Workload workload,
            RunLog runs,
            Consumer<GridResult> live,
            Progress progress) {
        this.source = source;
        this.settings = settings;
        this.recovery = recovery;
        this.workload = workload;
        this.live = live;
        this.progress = progress;
        this.whole = Outline.of(source.model());
        this.metric = workload.metric(settings.split(), settings.limit());
        this.validation = workload.metric(Split.VALIDATION, settings.limit());
        this.print = print();
        this.log = new CellLog(runs, settings.command(), settings.isAnew());
        this.windows = new GridWindows(source, settings, workload, print, progress);
        this.places = new GridPlaces(source.name(), settings, recovery, whole, print).all();
        this.reused = (int) places.stream()
                .filter(place -> log.find(place.key()).isPresent())
                .count();
    }

    private String print() {
        return Fingerprint.of(
                Fingerprint.of(source.model()),
                workload.key(),
                metric.measure().name(),
                CellLog.print(metric.batches()),
                CellLog.print(validation.batches()),
                settings.split().label(),
                settings.limit(),
                settings.calibration().tokens(),
                settings.calibration().protocol().label());
    }

    /** What is to be known before: sizes that no model reaches, and what ways have to say of the data. */
    public List<String> notices() {
        return GridPlaces.notices(places, whole, settings.calibration());
    }

    /** The table of what is computed already: its cells may still be none, all else is as it will be. */
    public GridResult soFar() {
        return result();
    }

    private List<Place> missing() {
        return places.stream()
                .filter(place -> !place.key().isEmpty() && log.find(place.key()).isEmpty())
                .toList();
    }

    /** What computing the cells that the log lacks would cost, about. */
    public DryRun cost(Costs costs) {
        List<DryRun> parts = new ArrayList<>();
        List<Place> missing = missing();
        List<Shrink> windows = GridWindows.candidates(missing).stream()
                .map(WindowSweep.Candidate::shrink)
                .toList();
        if (!windows.isEmpty()) {
            parts.add(costs.sweep(windows, validation, settings.calibration()));
        }
        Map<String, Place> once = new LinkedHashMap<>();
        missing.forEach(place -> once.put(place.key(), place));
        long parameters = whole.parameters();
        long bytes = whole.bytes();
        for (Place place : once.values()) {
            Costs left = costs;
            for (Shrink shrink : place.plan().stream()
                    .flatMap(plan -> Stream.concat(
                            plan.before().stream(), plan.alternatives().stream().limit(1)))
                    .toList()) {
                parts.add(left.shrink(settings.command(), shrink, settings.calibration()));
                left = new Costs(left.name(), shrink.after(left.outline()), left.model(), left.held());
            }
            if (place.isTuned()) {
                parts.add(recovery.cost(left));
            }
            parts.add(left.eval(metric));
            parameters = Math.min(parameters, left.outline().parameters());
            bytes = Math.min(bytes, left.outline().bytes());
        }
        return new DryRun(
                settings.command(),
                source.name(),
                parts.stream().mapToDouble(DryRun::seconds).sum(),
                parts.stream().mapToLong(DryRun::memoryBytes).max().orElse(costs.held()),
                parts.stream().mapToLong(DryRun::diskBytes).max().orElse(0),
                whole.parameters(),
                parameters,
                whole.bytes(),
                bytes);
    }

    /**
     * Computes what isn't in the log yet.
     *
     * @throws Interrupted if the thread is interrupted; finished cells are kept
     */
    public GridResult run() {
        try (Shrinks shrinks = new Shrinks();
                Progress.Stage stage = progress.start("Computing cells", places.size(), "cells")) {
            windows.score(missing());
            for (Place place : places) {
                if (!place.key().isEmpty()) {
                    compute(place, shrinks);
                    live.accept(result());
                }
                stage.advance(found.size() + failed.size());
            }
            windows.close();
            return result();
        } catch (CancellationException e) {
            throw new Interrupted("interrupted; " + found.size() + " of " + Counted.of(places.size(), "cells")
                    + " and all windows scored so far are kept: the same grid goes on with the others");
        }
    }

    private void compute(Place place, Shrinks shrinks) {
        try {
            found.put(place, log.find(place.key()).orElseGet(() -> computed(place, shrinks)));
        } catch (UserError e) {
            if (place.plan().isEmpty()) {
                throw e; // nothing can be said of any cell
            }
            failed.put(place, e.getMessage());
        }
    }

    private CellLog.Logged computed(Place place, Shrinks shrinks) {
        long start = System.nanoTime();
        Made made = shrinks.of(place);
        if (!place.isTuned()) {
            return measured(place, made.model(), made, made.lineage(), Optional.empty(), start);
        }
        try (Recovered recovered = recovery.tune(place.way(), made.model(), place.seed())) {
            Lineage lineage = made.lineage();
            for (Step step : recovered.steps()) {
                lineage = lineage.then(step);
            }
            return measured(place, recovered.tuned().model(), made, lineage, Optional.of(recovered), start);
        }
    }

    private static List<TuneResult.Checked> curve(TuneResult tuned) {
        List<TuneResult.Checked> curve = new ArrayList<>(tuned.validation());
        if (curve.stream().noneMatch(check -> check.step() == 0)) {
            curve.add(0, new TuneResult.Checked(0, tuned.before()));
        }
        return curve;
    }

    private CellLog.Logged measured(
            Place place,
            TransformerModel model,
            Made made,
            Lineage lineage,
            Optional<Recovered> recovered,
            long start) {
        Optional<TuneResult> tuned = recovered.map(Recovered::tuned).map(Tuning.Tuned::outcome);
        Map<String, Object> tuning = recovered.map(Recovered::options).orElse(Map.of());
        MetricValue value = Evaluator.evaluate(model, metric, progress);
        String layers = lineage
                .steps()
                .subList(source.lineage().steps().size(), lineage.steps().size())
                .stream()
                .map(Step::layers)
                .filter(l -> !l.isEmpty())
                .collect(Collectors.joining(", then "));
        long parameters = model.parameters().uniqueCount();
        GridResult.Shrunken shrunken = new GridResult.Shrunken(
                value.value(),
                bootstrap(place.key(), value.scores()).interval().orElse(null),
                parameters,
                model.parameters().bytes(),
                1 - (double) parameters / whole.parameters(),
                layers,
                lineage,
                tuned.map(Grid::curve).orElse(List.of()),
                tuned.map(TuneResult::bestStep).orElse(null),
                tuned.map(TuneResult::tuningTokens).orElse(null),
                tuned.map(TuneResult::adapterParameters)
                        .filter(added -> added > 0)
                        .orElse(null),
                settings.isTimed() ? latency(place, model) : Map.of(),
                (System.nanoTime() - start) / 1e9);
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("way", place.way());
        options.put("size", place.size());
        options.put("seed", place.seed());
        options.putAll(settings.logging().options(tuning));
        options.values().removeIf(Objects::isNull);
        return log.write(
                new CellLog.Entry(place.key(), shrunken, value.scores().units()),
                new CellLog.About(
                        place.way(),
                        place.line(),
                        options,
                        Map.of(source.name(), Subjects.of(source.lineage(), source.model())),
                        Subjects.of(lineage, model),
                        metric.measure(),
                        workload.data(),
                        settings.split().label(),
                        metric.protocol().orElse(null)),
                settings.logging().capsule(made.words(), tuning, model));
    }

    /** In turn with the unchanged model, so that what else the machine does slows both alike. */
    private Map<Integer, CompareResult.Latency> latency(Place place, TransformerModel model) {
        Metric one = workload.metric(settings.split(), 1);
        List<Latencies.Timed> timed = new ArrayList<>();
        timed.add(new Latencies.Timed(GridResult.UNCHANGED, source.model(), one));
        if (model != source.model()) {
            timed.add(new Latencies.Timed(place.way(), model, one));
        }
        return Latencies.of(timed, true, GridResult.UNCHANGED, DRAWS, progress).get(place.way());
    }

    private Bootstrap bootstrap(String key, Scores scores) {
        return bootstraps.computeIfAbsent(key, k -> Bootstrap.of(metric, scores, DRAWS));
    }

    /** A model that is still to be tuned or measured. */
    private record Made(TransformerModel model, Lineage lineage, List<GridWay.WayWords> words) {}

    /** Shrinks models, and holds the last one: seeds that decide nothing about it share it. */
    private final class Shrinks implements AutoCloseable {
        private String made = "";
        private TransformerModel model = source.model();
        private Lineage lineage = source.lineage();
        private final List<GridWay.WayWords> words = new ArrayList<>();

        Made of(Place place) {
            if (!place.made().equals(made)) {
                close();
                place.plan().ifPresent(plan -> go(plan, place.seed()));
                made = place.made();
            }
            return new Made(model, lineage, List.copyOf(words));
        }

        private void go(GridWay.Plan plan, int seed) {
            Iterator<GridWay.Stage> stages = plan.stages().iterator();
            plan.before().forEach(way -> go(way, stages.next(), seed));
            go(windows.best(plan, model), stages.next(), seed);
            for (GridWay.Stage stage : plan.after()) {
                go(GridWay.only(stage, Outline.of(model), seed), stages.next(), seed);
            }
        }

        private void go(Shrink way, GridWay.Stage stage, int seed) {
            words.add(stage.words().of(way, model.architecture(), seed));
            Shrinking done =
                    Shrinking.run(source.name(), source.name(), model, way, workload, settings.calibration(), progress);
            TransformerModel before = model;
            model = done.model();
            lineage = lineage.then(done.step());
            if (before != source.model()) {
                before.close();
            }
        }

        @Override
        public void close() {
            if (model != source.model()) {
                model.close();
            }
            model = source.model();
            lineage = source.lineage();
            words.clear();
            made = "";
        }
    }

    private GridResult result() {
        List<GridTable.Entry> entries = places.stream()
                .filter(place -> found.containsKey(place) || !outcome(place).isEmpty())
                .map(this::entry)
                .toList();
        String reference = recovery.steps() > 0 ? GridResult.UNCHANGED_TUNED : GridResult.UNCHANGED;
        GridTable table = new GridTable(metric.measure(), entries, reference);
        List<GridResult.Cell> cells = table.cells();
        Set<String> controls = Set.of(GridResult.UNCHANGED, GridResult.UNCHANGED_TUNED);
        Map<Boolean, List<GridResult.Cell>> byControl =
                cells.stream().collect(Collectors.partitioningBy(cell -> controls.contains(cell.way())));
        return new GridResult(
                source.name(),
                workload.data(),
                settings.split().label(),
                metric.measure(),
                settings.sizes().of().label(),
                recovery.steps(),
                reference,
                metric.protocol().orElse(null),
                metric.examples(),
                byControl.get(false),
                byControl.get(true),
                table.rows(),
                table.fronts(),
                reused,
                null);
    }

    private String outcome(Place place) {
        return failed.getOrDefault(place, place.outcome());
    }

    private GridTable.Entry entry(Place place) {
        CellLog.Logged logged = found.get(place);
        return new GridTable.Entry(
                place.way(),
                place.size(),
                place.seed(),
                logged,
                logged == null
                        ? null
                        : bootstrap(place.key(), new Scores(logged.entry().units(), 0)),
                outcome(place));
    }
}
