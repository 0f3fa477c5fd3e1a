package ffmerge.study;

import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.UserError;
import ffmerge.align.Aligner;
import ffmerge.align.Calibration;
import ffmerge.architecture.Branch;
import ffmerge.architecture.Window;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.Spearman;
import ffmerge.model.TransformerModel;
import ffmerge.result.ChooseResult;
import ffmerge.result.ChooseResult.Agreement;
import ffmerge.result.ChooseResult.Repeat;
import ffmerge.result.ChooseResult.Row;
import ffmerge.result.Labels;
import ffmerge.result.SweepResult;
import ffmerge.result.WindowScore;
import ffmerge.shrink.Evidence;
import ffmerge.shrink.Needs;
import ffmerge.shrink.Outline;
import ffmerge.shrink.Shrink;
import ffmerge.shrink.Shrunk;
import ffmerge.shrink.WindowMethod;
import ffmerge.similarity.CompleteLink;
import ffmerge.tune.Execution;
import ffmerge.workload.Workload;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which layers to shrink: windows, or groups of layers that need not be adjacent, by what is known of them before anything is
 * measured, and how well that predicts what a sweep measures.
 */
public final class Choosing {
    /** Over how many tokens losses of swapped sublayers are measured at most. */
    public static final int MOST_REPLACED_TOKENS = 4096;

    /** @param tokens over which activations are recorded */
    public static int replacedTokens(int tokens) {
        return Math.min(tokens, MOST_REPLACED_TOKENS);
    }

    /**
     * @param sweep of one length and one method
     * @param by what the best candidate is chosen by
     * @param branch whose sublayers are compared
     * @param groups whether each score makes groups of its own, which replace windows: by complete-link clustering where it
     *     is of pairs, else the lowest layers in one group
     * @param budget share of the unique parameters that groups must take away; 0 for as many sublayers as a window takes
     * @param measured whether candidates are measured as a sweep does it
     * @param scores the cheap ones that are wanted
     * @param repeats how often the choice is repeated by other calibration
     * @param steps of tuning of each candidate; 0 for none
     */
    public record Settings(
            WindowSweep.Settings sweep,
            WindowScore by,
            Branch branch,
            boolean groups,
            double budget,
            boolean measured,
            Set<WindowScore> scores,
            int repeats,
            int steps) {
        WindowMethod method() {
            return sweep.methods().get(0);
        }

        int length() {
            return sweep.lengths().get(0);
        }

        /** By other calibration, and nothing but what is chosen by. */
        Settings repeated(int tokens, int seed) {
            WindowSweep.Settings s = sweep;
            return new Settings(
                    new WindowSweep.Settings(
                            s.lengths(), s.stacks(), s.methods(), s.split(), s.limit(), tokens, s.protocol(), seed),
                    by,
                    branch,
                    groups,
                    budget,
                    by == WindowScore.SCORE,
                    by.isCheap() ? Set.of(by) : groups ? scores : Set.of(),
                    0,
                    0);
        }
    }

    /**
     * Layers that could be shrunk together.
     *
     * @param groups of layers, by number
     * @param proposedBy whose own groups these are; empty of windows
     */
    private record Candidate(List<List<Integer>> groups, List<WindowScore> proposedBy, Shrink shrink, long removed) {
        /** What a sweep tells candidates apart by. */
        List<Integer> union() {
            return groups.stream().flatMap(List::stream).sorted().toList();
        }
    }

    private final WindowSweep.Named named;
    private final Optional<WindowSweep.Named> reference;
    private final TransformerModel model;
    private final Settings settings;
    private final Workload workload;
    private final StateFolder state;
    private final long memory;
    private final Progress progress;
    private final Outline outline;
    private final List<SweepResult.LeftOut> leftOut = new ArrayList<>();

    private Choosing(
            WindowSweep.Named named,
            Optional<WindowSweep.Named> reference,
            Settings settings,
            Workload workload,
            StateFolder state,
            long memory,
            Progress progress) {
        this.named = named;
        this.reference = reference;
        this.model = named.model();
        this.settings = settings;
        this.workload = workload;
        this.state = state;
        this.memory = memory;
        this.progress = progress;
        this.outline = Outline.of(model);
    }

    /**
     * Scores candidates, measures them, and chooses.
     *
     * @param memory bytes that the sums of pairs of sublayers may take at a time
     * @throws UserError if the length or the budget doesn't fit the model, or no candidate can be shrunk
     */
    public static ChooseResult of(
            WindowSweep.Named named,
            Optional<WindowSweep.Named> reference,
            Settings settings,
            Workload workload,
            StateFolder state,
            long memory,
            Progress progress) {
        return new Choosing(named, reference, settings, workload, state, memory, progress).choose();
    }

    /** The pairs of layers that are compared: those within a window, or all. */
    public static List<Aligner.LayerPair> pairs(WindowSweep.Named named, Settings settings) {
        Choosing choosing = new Choosing(named, Optional.empty(), settings, null, null, 0, Progress.NONE);
        return settings.sweep().stacks().stream()
                .flatMap(stack -> Replacements.within(choosing.all()).stream()
                        .filter(swap -> swap.place() < swap.by())
                        .map(swap -> new Aligner.LayerPair(stack, swap.place(), swap.by())))
                .toList();
    }

    private ChooseResult choose() {
        // of groups, too, it refuses what no window can take
        WindowSweep.Candidates windows = WindowSweep.candidates(named.name(), model, settings.sweep());
        CheapScores cheap = cheap(all());
        boolean found = cheap.found().contains(settings.by()) || settings.by() == WindowScore.RANDOM;
        if (settings.by().isCheap() && !found) {
            throw new UserError("--by " + settings.by().label() + " compares FF sublayers; of "
                    + settings.branch().label()
                    + " sublayers there are "
                    + cheap.found().stream().map(WindowScore::label).collect(Collectors.joining(", ")));
        }
        List<Candidate> candidates = settings.groups() ? proposals(cheap) : windows(windows);
        Map<Candidate, SweepResult.Row> measured = new HashMap<>();
        SweepResult sweep = settings.measured() ? measure(candidates, measured) : null;
        List<Double> tuned = settings.steps() > 0 ? tuned(candidates) : List.of();
        List<Row> rows = rows(candidates, cheap, measured, tuned);
        Metric metric =
                workload.metric(settings.sweep().split(), settings.sweep().limit());
        Row best = best(rows, metric.measure().higherIsBetter());
        return new ChooseResult(
                named.name(),
                settings.length(),
                settings.by(),
                method(candidates),
                metric.measure(),
                sweep == null ? Double.NaN : sweep.baseline(),
                workload.data(),
                settings.sweep().split().label(),
                rows,
                best,
                sweep == null ? Map.of() : agreement(rows, Row::value),
                tuned.isEmpty() ? Map.of() : agreement(rows, Row::tuned),
                settings.steps(),
                repeats(best),
                settings.sweep().tokens(),
                settings.sweep().protocol().label(),
                List.copyOf(leftOut),
                sweep == null ? null : metric.protocol().orElse(null),
                sweep == null ? 0 : metric.examples());
    }

    /** The layers within which pairs are compared: those of each window, or all. */
    private List<List<Integer>> all() {
        if (!settings.groups()) {
            return WindowSweep.windows(model, settings.sweep()).stream()
                    .map(Window::layers)
                    .toList();
        }
        return List.of(IntStream.range(0, layers()).boxed().toList());
    }

    private int layers() {
        return model.architecture().commonLayers(settings.sweep().stacks());
    }

    private CheapScores cheap(List<List<Integer>> groups) {
        return CheapScores.of(
                model,
                settings.sweep().stacks(),
                settings.branch(),
                settings.scores(),
                groups,
                workload,
                calibration(),
                progress);
    }

    private Calibration calibration() {
        return new Calibration(settings.sweep().tokens(), settings.sweep().protocol(), memory, state);
    }

    private List<Candidate> windows(WindowSweep.Candidates all) {
        List<Candidate> windows = new ArrayList<>();
        leftOut.addAll(all.leftOut());
        for (WindowSweep.Candidate window : all.scored()) {
            List<Integer> layers = window.layers().values().iterator().next();
            windows.add(new Candidate(List.of(layers), List.of(), window.shrink(), removed(window.shrink())));
        }
        return windows;
    }

    private long removed(Shrink shrink) {
        return outline.parameters() - shrink.after(outline).parameters();
    }

    // groups that need not be adjacent

    private List<Candidate> proposals(CheapScores cheap) {
        int joins = joins();
        Map<List<List<Integer>>, List<WindowScore>> proposed = new LinkedHashMap<>();
        for (WindowScore score : settings.scores()) {
            if (score == WindowScore.RANDOM || cheap.found().contains(score)) {
                proposed.computeIfAbsent(groups(score, cheap, joins), groups -> new ArrayList<>())
                        .add(score);
            }
        }
        List<Candidate> candidates = new ArrayList<>();
        UserError first = null;
        for (Map.Entry<List<List<Integer>>, List<WindowScore>> each : proposed.entrySet()) {
            Shrink shrink = settings.method().ofGroups(byStack(each.getKey()));
            try {
                shrink.requireFits(named.name(), model);
                candidates.add(new Candidate(each.getKey(), each.getValue(), shrink, removed(shrink)));
            } catch (UserError e) {
                first = first == null ? e : first;
                leftOut.add(new SweepResult.LeftOut(
                        settings.method().name(), WindowMethod.union(byStack(each.getKey())), e.getMessage()));
            }
        }
        if (candidates.isEmpty()) {
            throw first;
        }
        return candidates;
    }

    /** How many sublayers, in each stack, are to go. */
    private int joins() {
        WindowMethod method = settings.method();
        int ofWindow = method.joins() ? settings.length() - 1 : settings.length();
        if (settings.budget() == 0) {
            return ofWindow;
        }
        int most = layers() - Math.max(1, method.left());
        for (int joins = 1; joins <= most; joins++) {
            int layers = method.joins() ? joins + 1 : joins;
            List<Integer> one = IntStream.range(0, layers).boxed().toList();
            if (removed(method.ofGroups(byStack(List.of(one)))) >= settings.budget() * outline.parameters()) {
                return joins;
            }
        }
        int layers = method.joins() ? most + 1 : most;
        List<Integer> one = IntStream.range(0, layers).boxed().toList();
        double share = (double) removed(method.ofGroups(byStack(List.of(one)))) / outline.parameters();
        throw new UserError("--budget " + settings.budget() + " is out of reach: " + method.title() + " takes at most "
                + Labels.percent(share) + " of the parameters of '" + named.name() + "'");
    }

    /** A score's own groups. */
    private List<List<Integer>> groups(WindowScore score, CheapScores cheap, int joins) {
        boolean joined = settings.method().joins();
        int size = joined ? joins + 1 : joins;
        if (score == WindowScore.RANDOM) {
            return List.of(lowest(random(layers()), size));
        }
        if (score == WindowScore.INFLUENCE) {
            return List.of(lowest(cheap.influences(), size));
        }
        List<List<Integer>> clusters = CompleteLink.groups(cheap.similarity(score), joins).stream()
                .filter(group -> group.size() > 1)
                .toList();
        // of layers that are taken away, one of those that are alike stays
        return joined
                ? clusters
                : List.of(clusters.stream()
                        .flatMap(group -> group.subList(1, group.size()).stream())
                        .sorted()
                        .toList());
    }

    private double[] random(int count) {
        return new SplittableRandom(settings.sweep().seed()).doubles(count).toArray();
    }

    private static List<Integer> lowest(double[] values, int count) {
        return IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(layer -> values[layer]))
                .limit(count)
                .sorted()
                .toList();
    }

    private List<Map<String, List<Integer>>> byStack(List<List<Integer>> groups) {
        return groups.stream().map(settings.sweep()::inStacks).toList();
    }

    // measuring

    /** Measures all; those that a sweep can't tell apart, being other groups of the same layers, one after the other. */
    private SweepResult measure(List<Candidate> candidates, Map<Candidate, SweepResult.Row> measured) {
        List<Candidate> left = new ArrayList<>(candidates);
        SweepResult last = null;
        while (!left.isEmpty()) {
            Set<List<Integer>> unions = new HashSet<>();
            List<Candidate> now =
                    left.stream().filter(c -> unions.add(c.union())).toList();
            left.removeAll(now);
            List<WindowSweep.Candidate> scored = now.stream()
                    .map(c -> new WindowSweep.Candidate(
                            settings.method(), WindowMethod.union(byStack(c.groups())), c.shrink()))
                    .toList();
            last = WindowSweep.run(
                    named,
                    reference,
                    settings.sweep(),
                    new WindowSweep.Candidates(scored, List.of()),
                    workload,
                    state,
                    memory,
                    progress);
            for (SweepResult.Row row : last.rows()) {
                List<Integer> layers = row.layers().values().iterator().next();
                now.stream().filter(c -> c.union().equals(layers)).forEach(c -> measured.put(c, row));
            }
        }
        return last;
    }

    /** The value of each candidate after some steps of tuning. */
    private List<Double> tuned(List<Candidate> candidates) {
        Metric metric =
                workload.metric(settings.sweep().split(), settings.sweep().limit());
        Needs needs = Needs.all(candidates.stream().map(c -> c.shrink().needs()).toList());
        List<Double> values = new ArrayList<>();
        try (Evidence evidence = Evidence.find(model, needs, workload, calibration(), progress)) {
            for (Candidate candidate : candidates) {
                Shrunk shrunk = candidate.shrink().apply(model, evidence);
                try (TransformerModel smaller = shrunk.model();
                        Tuning.Tuned tuned = Tuning.tune(
                                named.name(),
                                named.name(),
                                smaller,
                                Tuning.usual(smaller, settings.steps(), false),
                                Execution.PLAIN,
                                workload,
                                Math.min(settings.sweep().limit(), Tuning.USUAL_VALIDATION),
                                state,
                                outcome -> {},
                                progress)) {
                    values.add(
                            Evaluator.evaluate(tuned.model(), metric, progress).value());
                }
            }
        }
        return values;
    }

    private SweepResult.Method method(List<Candidate> candidates) {
        WindowMethod method = settings.method();
        var step = candidates.get(0).shrink().step();
        return new SweepResult.Method(method.name(), method.title(), method.place(), step.way(), step.options());
    }

    private List<Row> rows(
            List<Candidate> candidates,
            CheapScores cheap,
            Map<Candidate, SweepResult.Row> measured,
            List<Double> tuned) {
        double[] random = random(candidates.size());
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < candidates.size(); i++) {
            Candidate candidate = candidates.get(i);
            Map<WindowScore, Double> scores = new EnumMap<>(WindowScore.class);
            for (WindowScore score : cheap.found()) {
                double value = cheap.of(score, candidate.groups());
                if (!Double.isNaN(value)) {
                    scores.put(score, value);
                }
            }
            if (settings.scores().contains(WindowScore.RANDOM)) {
                scores.put(WindowScore.RANDOM, random[i]);
            }
            SweepResult.Row row = measured.get(candidate);
            List<Map<String, List<Integer>>> groups = byStack(candidate.groups());
            rows.add(new Row(
                    WindowMethod.union(groups),
                    settings.groups() ? groups : List.of(),
                    scores,
                    row == null ? Double.NaN : row.value(),
                    row == null ? null : row.interval(),
                    tuned.isEmpty() ? null : tuned.get(i),
                    candidate.proposedBy(),
                    candidate.removed()));
        }
        return rows;
    }

    /** What is chosen: a score's own groups, or the window that it likes best; null where nothing is saved. */
    private Row best(List<Row> rows, boolean higherIsBetter) {
        WindowScore by = settings.by();
        boolean cheap = by.isCheap();
        Comparator<Row> byScore = Comparator.comparingDouble(row -> cheap ? row.score(by) : row.value());
        boolean higher = cheap ? by.higherIsBetter() : higherIsBetter;
        return rows.stream()
                .filter(row -> row.parametersRemoved() > 0)
                .filter(row -> !Double.isNaN(cheap ? row.score(by) : row.value()))
                .filter(row ->
                        !cheap || row.proposedBy().isEmpty() || row.proposedBy().contains(by))
                .min(higher ? byScore.reversed() : byScore)
                .orElse(null);
    }

    private Map<WindowScore, Agreement> agreement(List<Row> rows, Function<Row, Double> value) {
        Map<WindowScore, Agreement> agreement = new EnumMap<>(WindowScore.class);
        for (WindowScore score : settings.scores()) {
            List<Row> both = rows.stream()
                    .filter(row -> Double.isFinite(row.score(score)) && Double.isFinite(value.apply(row)))
                    .toList();
            double[] x = both.stream().mapToDouble(row -> row.score(score)).toArray();
            double[] y = both.stream().mapToDouble(value::apply).toArray();
            double spearman = Spearman.of(x, y);
            if (Double.isFinite(spearman)) {
                agreement.put(
                        score,
                        new Agreement(
                                spearman,
                                Spearman.interval(x, y, settings.sweep().seed()).orElse(null),
                                both.size()));
            }
        }
        return agreement;
    }

    /** The same choice over texts of the training split, every other time over half as many tokens. */
    private List<Repeat> repeats(Row best) {
        List<Repeat> repeats = new ArrayList<>();
        for (int r = 1; best != null && r <= settings.repeats(); r++) {
            int seed = settings.sweep().seed() + r;
            int tokens = Math.max(1, settings.sweep().tokens() / (r % 2 == 0 ? 1 : 2));
            Row again = of(
                            named,
                            reference,
                            settings.repeated(tokens, seed),
                            new DrawnTexts(workload, seed),
                            state,
                            memory,
                            progress)
                    .best();
            List<List<Integer>> groups = again == null ? List.of() : again.groupsOfLayers();
            repeats.add(new Repeat(tokens, seed, groups, groups.equals(best.groupsOfLayers())));
        }
        return repeats;
    }
}
