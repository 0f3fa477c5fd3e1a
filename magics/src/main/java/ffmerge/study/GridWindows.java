package ffmerge.study;

import ffmerge.Progress;
import ffmerge.align.Calibration;
import ffmerge.data.Split;
import ffmerge.evaluate.Metric;
import ffmerge.journal.Fingerprint;
import ffmerge.journal.UnfinishedLog;
import ffmerge.model.TransformerModel;
import ffmerge.result.Step;
import ffmerge.result.SweepResult;
import ffmerge.shrink.Shrink;
import ffmerge.shrink.WindowMethod;
import ffmerge.workload.Workload;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The windows of a grid's ways, scored on validation data as a sweep scores them; scores are kept for all cells and grids. */
final class GridWindows implements AutoCloseable {
    private final Grid.Source source;
    private final Grid.Settings settings;
    private final Workload workload;
    private final String print;
    private final Progress progress;
    private final Metric validation;
    /** Of scores that are found anew, and so are kept for this grid alone. */
    private final List<UnfinishedLog<SweepResult.Row>> own = new ArrayList<>();

    /** @param print of the model, the data and how both are used, on which scores depend */
    GridWindows(Grid.Source source, Grid.Settings settings, Workload workload, String print, Progress progress) {
        this.source = source;
        this.settings = settings;
        this.workload = workload;
        this.print = print;
        this.progress = progress;
        this.validation = workload.metric(Split.VALIDATION, settings.limit());
    }

    /** All windows from which a cell that is still to be computed will choose, by one recording of activations. */
    void score(List<GridPlaces.Place> missing) {
        List<WindowSweep.Candidate> candidates = candidates(missing);
        if (!candidates.isEmpty()) {
            rows(source.model(), candidates, List.of());
        }
    }

    /** All windows that these places will choose from, each once. */
    static List<WindowSweep.Candidate> candidates(List<GridPlaces.Place> places) {
        return places.stream()
                .flatMap(place -> place.plan().stream())
                .filter(plan -> plan.before().isEmpty() && plan.alternatives().size() > 1)
                .flatMap(plan -> plan.alternatives().stream())
                .collect(Collectors.toMap(
                        shrink -> shrink.step().toString(), GridWindows::candidate, (a, b) -> a, LinkedHashMap::new))
                .values()
                .stream()
                .toList();
    }

    private static WindowSweep.Candidate candidate(Shrink shrink) {
        Step step = shrink.step();
        Map<String, List<Integer>> layers = new LinkedHashMap<>();
        step.groups()
                .forEach(group -> layers.merge(
                        group.stack(),
                        group.layers(),
                        (a, b) -> Stream.concat(a.stream(), b.stream()).sorted().toList()));
        String name = new Step(step.way(), step.method(), List.of(), step.options(), null, null).toString();
        return new WindowSweep.Candidate(new WindowMethod(name, name, 0, 0, 0, l -> shrink), layers, shrink);
    }

    /** @param before what was done to the model before */
    private List<SweepResult.Row> rows(
            TransformerModel model, List<WindowSweep.Candidate> candidates, List<Shrink> before) {
        Calibration calibration = settings.calibration();
        WindowSweep.Settings windows = new WindowSweep.Settings(
                0,
                List.of(),
                List.of(),
                Split.VALIDATION,
                settings.limit(),
                calibration.tokens(),
                calibration.protocol(),
                Grid.DRAWS);
        String key = Fingerprint.of(print, before.stream().map(Shrink::step).toList());
        String name = settings.isAnew() ? key + "-anew" : key;
        UnfinishedLog<SweepResult.Row> rows =
                new UnfinishedLog<>(calibration.state().sub("windows").resolve(name + ".jsonl"), SweepResult.Row.class);
        if (settings.isAnew()) {
            own.add(rows);
        }
        return WindowSweep.rows(
                new WindowSweep.Named(source.name(), model),
                windows,
                candidates,
                workload,
                calibration,
                rows,
                progress);
    }

    /**
     * The best of a plan's windows on validation data; one that scores no number is none.
     *
     * @param model what the plan's first steps made of the unchanged one
     */
    Shrink best(GridWay.Plan plan, TransformerModel model) {
        if (plan.alternatives().size() == 1) {
            return plan.alternatives().get(0);
        }
        List<WindowSweep.Candidate> candidates =
                plan.alternatives().stream().map(GridWindows::candidate).toList();
        List<SweepResult.Row> rows = rows(model, candidates, plan.before());
        Comparator<WindowSweep.Candidate> byValue = Comparator.comparingDouble(c -> value(c, rows));
        Comparator<WindowSweep.Candidate> better = validation.measure().higherIsBetter() ? byValue.reversed() : byValue;
        return candidates.stream()
                .min(Comparator.<WindowSweep.Candidate, Boolean>comparing(c -> Double.isNaN(value(c, rows)))
                        .thenComparing(better))
                .orElseThrow()
                .shrink();
    }

    /** Forgets what was found anew: another grid that asks for that finds it anew again. */
    @Override
    public void close() {
        own.forEach(UnfinishedLog::delete);
    }

    private static double value(WindowSweep.Candidate candidate, List<SweepResult.Row> rows) {
        return rows.stream().filter(candidate::isOf).findFirst().orElseThrow().value();
    }
}
