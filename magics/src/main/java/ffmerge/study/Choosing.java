package ffmerge.study;

import ffmerge.UserError;
import ffmerge.align.Aligner;
import ffmerge.architecture.Branch;
import ffmerge.architecture.Window;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.Spearman;
import ffmerge.model.TransformerModel;
import ffmerge.result.ChooseResult;
import ffmerge.result.ChooseResult.Agreement;
import ffmerge.result.ChooseResult.Repeat;
import ffmerge.result.ChooseResult.Row;
import ffmerge.result.SweepResult;
import ffmerge.result.WindowScore;
import ffmerge.shrink.Outline;
import ffmerge.shrink.Shrink;
import ffmerge.shrink.WindowMethod;
import ffmerge.workload.Workload;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
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

        double[] random(int count) {
            return new SplittableRandom(sweep.seed()).doubles(count).toArray();
        }

        List<Map<String, List<Integer>>> byStack(List<List<Integer>> groups) {
            return groups.stream().map(sweep::inStacks).toList();
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

    private final Subject subject;
    private final Settings settings;
    private final Outline outline;
    private final List<SweepResult.LeftOut> leftOut = new ArrayList<>();

    private Choosing(Subject subject, Settings settings) {
        this.subject = subject;
        this.settings = settings;
        this.outline = Outline.of(subject.model());
    }

    /**
     * Scores candidates, measures them, and chooses.
     *
     * @throws UserError if the length or the budget doesn't fit the model, or no candidate can be shrunk
     */
    public static ChooseResult of(Subject subject, Settings settings) {
        return new Choosing(subject, settings).choose();
    }

    /** The pairs of layers that are compared: those within a window, or all. */
    public static List<Aligner.LayerPair> pairs(TransformerModel model, Settings settings) {
        return settings.sweep().stacks().stream()
                .flatMap(stack -> Replacements.within(compared(model, settings)).stream()
                        .filter(swap -> swap.place() < swap.by())
                        .map(swap -> new Aligner.LayerPair(stack, swap.place(), swap.by())))
                .toList();
    }

    private ChooseResult choose() {
        // of groups, too, it refuses what no window can take
        WindowSweep.Candidates windows = WindowSweep.candidates(subject.name(), subject.model(), settings.sweep());
        CheapScores cheap = cheap();
        boolean found = cheap.found().contains(settings.by()) || settings.by() == WindowScore.RANDOM;
        if (settings.by().isCheap() && !found) {
            throw new UserError("--by " + settings.by().label() + " compares FF sublayers; of "
                    + settings.branch().label()
                    + " sublayers there are "
                    + cheap.found().stream().map(WindowScore::label).collect(Collectors.joining(", ")));
        }
        List<LayerGroups> candidates =
                settings.groups() ? new GroupProposals(subject, settings, cheap).all(leftOut) : windows(windows);
        MeasuredGroups measured =
                settings.measured() ? MeasuredGroups.of(subject, settings, candidates) : MeasuredGroups.NONE;
        List<Double> tuned = settings.steps() > 0 ? MeasuredGroups.tuned(subject, settings, candidates) : List.of();
        List<Row> rows = rows(candidates, cheap, measured, tuned);
        Workload workload = subject.workload();
        Metric metric =
                workload.metric(settings.sweep().split(), settings.sweep().limit());
        Row best = best(rows, metric.measure().higherIsBetter());
        return new ChooseResult(
                subject.name(),
                settings.length(),
                settings.by(),
                method(candidates),
                metric.measure(),
                measured.baseline(),
                workload.data(),
                settings.sweep().split().label(),
                rows,
                best,
                settings.measured() ? agreement(rows, Row::value) : Map.of(),
                tuned.isEmpty() ? Map.of() : agreement(rows, Row::tuned),
                settings.steps(),
                repeats(best),
                settings.sweep().tokens(),
                settings.sweep().protocol().label(),
                List.copyOf(leftOut),
                settings.measured() ? metric.protocol().orElse(null) : null,
                settings.measured() ? metric.examples() : 0);
    }

    /** The layers within which pairs are compared: those of each window, or all. */
    private static List<List<Integer>> compared(TransformerModel model, Settings settings) {
        if (!settings.groups()) {
            return WindowSweep.windows(model, settings.sweep()).stream()
                    .map(Window::layers)
                    .toList();
        }
        int layers = model.architecture().commonLayers(settings.sweep().stacks());
        return List.of(IntStream.range(0, layers).boxed().toList());
    }

    private CheapScores cheap() {
        return CheapScores.of(
                subject.model(),
                settings.sweep().stacks(),
                settings.branch(),
                settings.scores(),
                compared(subject.model(), settings),
                subject.workload(),
                subject.calibration(settings.sweep()),
                subject.progress());
    }

    private List<LayerGroups> windows(WindowSweep.Candidates all) {
        List<LayerGroups> windows = new ArrayList<>();
        leftOut.addAll(all.leftOut());
        for (WindowSweep.Candidate window : all.scored()) {
            List<Integer> layers = window.layers().values().iterator().next();
            windows.add(new LayerGroups(List.of(layers), List.of(), window.shrink(), removed(window.shrink())));
        }
        return windows;
    }

    private long removed(Shrink shrink) {
        return outline.parameters() - shrink.after(outline).parameters();
    }

    private SweepResult.Method method(List<LayerGroups> candidates) {
        WindowMethod method = settings.method();
        var step = candidates.get(0).shrink().step();
        return new SweepResult.Method(method.name(), method.title(), method.place(), step.way(), step.options());
    }

    private List<Row> rows(
            List<LayerGroups> candidates, CheapScores cheap, MeasuredGroups measured, List<Double> tuned) {
        double[] random = settings.random(candidates.size());
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < candidates.size(); i++) {
            LayerGroups candidate = candidates.get(i);
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
            SweepResult.Row row = measured.rows().get(candidate);
            List<Map<String, List<Integer>>> groups = settings.byStack(candidate.groups());
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
            Subject other = subject.reading(new DrawnTexts(subject.workload(), seed));
            Row again = of(other, settings.repeated(tokens, seed)).best();
            List<List<Integer>> groups = again == null ? List.of() : again.groupsOfLayers();
            repeats.add(new Repeat(tokens, seed, groups, groups.equals(best.groupsOfLayers())));
        }
        return repeats;
    }
}
