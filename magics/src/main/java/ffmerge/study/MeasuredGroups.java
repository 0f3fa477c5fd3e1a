package ffmerge.study;

import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Metric;
import ffmerge.model.TransformerModel;
import ffmerge.result.SweepResult;
import ffmerge.shrink.Evidence;
import ffmerge.shrink.Needs;
import ffmerge.shrink.Shrunk;
import ffmerge.shrink.WindowMethod;
import ffmerge.tune.Execution;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a sweep measures of candidates.
 *
 * @param rows of each candidate
 * @param last of the sweeps, of which the unchanged model's value is
 */
record MeasuredGroups(Map<LayerGroups, SweepResult.Row> rows, SweepResult last) {
    /** Where nothing is measured. */
    static final MeasuredGroups NONE = new MeasuredGroups(Map.of(), null);

    /** Measures all; those that a sweep can't tell apart, being other groups of the same layers, one after the other. */
    static MeasuredGroups of(Subject subject, Choosing.Settings settings, List<LayerGroups> candidates) {
        Map<LayerGroups, SweepResult.Row> measured = new HashMap<>();
        List<LayerGroups> left = new ArrayList<>(candidates);
        SweepResult last = null;
        while (!left.isEmpty()) {
            Set<List<Integer>> unions = new HashSet<>();
            List<LayerGroups> now =
                    left.stream().filter(c -> unions.add(c.union())).toList();
            left.removeAll(now);
            List<WindowSweep.Candidate> scored = now.stream()
                    .map(c -> new WindowSweep.Candidate(
                            settings.method(), WindowMethod.union(settings.byStack(c.groups())), c.shrink()))
                    .toList();
            last = WindowSweep.run(subject, settings.sweep(), new WindowSweep.Candidates(scored, List.of()));
            for (SweepResult.Row row : last.rows()) {
                List<Integer> layers = row.layers().values().iterator().next();
                now.stream().filter(c -> c.union().equals(layers)).forEach(c -> measured.put(c, row));
            }
        }
        return new MeasuredGroups(measured, last);
    }

    double baseline() {
        return last == null ? Double.NaN : last.baseline();
    }

    /** The value of each candidate after some steps of tuning. */
    static List<Double> tuned(Subject subject, Choosing.Settings settings, List<LayerGroups> candidates) {
        WindowSweep.Settings sweep = settings.sweep();
        TransformerModel model = subject.model();
        Metric metric = subject.workload().metric(sweep.split(), sweep.limit());
        Needs needs = Needs.all(candidates.stream().map(c -> c.shrink().needs()).toList());
        List<Double> values = new ArrayList<>();
        try (Evidence evidence =
                Evidence.find(model, needs, subject.workload(), subject.calibration(sweep), subject.progress())) {
            for (LayerGroups candidate : candidates) {
                Shrunk shrunk = candidate.shrink().apply(model, evidence);
                try (TransformerModel smaller = shrunk.model();
                        Tuning.Tuned tuned = Tuning.tune(
                                subject.name(),
                                subject.name(),
                                smaller,
                                Tuning.usual(smaller, settings.steps(), false),
                                Execution.PLAIN,
                                subject.workload(),
                                Math.min(sweep.limit(), Tuning.USUAL_VALIDATION),
                                subject.state(),
                                outcome -> {},
                                subject.progress())) {
                    values.add(Evaluator.evaluate(tuned.model(), metric, subject.progress())
                            .value());
                }
            }
        }
        return values;
    }
}
