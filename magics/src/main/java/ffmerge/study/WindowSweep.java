package ffmerge.study;

import ai.djl.ndarray.NDManager;
import ffmerge.Counted;
import ffmerge.Interrupted;
import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.UserError;
import ffmerge.align.Calibration;
import ffmerge.align.Protocol;
import ffmerge.architecture.Stack;
import ffmerge.architecture.Window;
import ffmerge.data.Batch;
import ffmerge.data.Split;
import ffmerge.evaluate.Bootstrap;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Holm;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.Race;
import ffmerge.evaluate.Scores;
import ffmerge.journal.Fingerprint;
import ffmerge.journal.UnfinishedLog;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.result.Removed;
import ffmerge.result.Step;
import ffmerge.result.SweepResult;
import ffmerge.shrink.Choices;
import ffmerge.shrink.Evidence;
import ffmerge.shrink.Needs;
import ffmerge.shrink.Outline;
import ffmerge.shrink.Shrink;
import ffmerge.shrink.Shrunk;
import ffmerge.shrink.Ways;
import ffmerge.shrink.WindowMethod;
import ffmerge.workload.Workload;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;

/**
 * Scores every window of a length or of several (the paper's step 6). What the windows have in common is done once: one pass records
 * the activations for all alignments, and each batch's hidden states are kept at the window's first layer, so that the
 * layers before it, which no method changes, run once in all.
 */
public final class WindowSweep implements AutoCloseable {
    /**
     * @param lengths how many layers windows have, each once
     * @param stacks in which the windows lie, in sync where there are several
     * @param methods what is done to each window; the best window is the first one's
     * @param limit examples of the split that are scored, at most
     * @param tokens over which activations are recorded, where a method needs them
     * @param protocol by which windows are searched and sublayers matched
     * @param seed of the draws of examples by which intervals are had
     */
    public record Settings(
            List<Integer> lengths,
            List<String> stacks,
            List<WindowMethod> methods,
            Split split,
            int limit,
            int tokens,
            Protocol protocol,
            int seed) {
        /** Of windows of one length. */
        public Settings(
                int length,
                List<String> stacks,
                List<WindowMethod> methods,
                Split split,
                int limit,
                int tokens,
                Protocol protocol,
                int seed) {
            this(List.of(length), stacks, methods, split, limit, tokens, protocol, seed);
        }

        /** The same layers in each stack. */
        Map<String, List<Integer>> inStacks(List<Integer> layers) {
            Map<String, List<Integer>> byStack = new LinkedHashMap<>();
            stacks.forEach(stack -> byStack.put(stack, layers));
            return byStack;
        }
    }

    /**
     * What is scored: a window, or groups of layers, changed by a method.
     *
     * @param layers by stack
     * @param shrink what the method does to it
     */
    public record Candidate(WindowMethod method, Map<String, List<Integer>> layers, Shrink shrink) {
        boolean isOf(SweepResult.Row row) {
            return row.method().equals(method.name()) && row.layers().equals(layers);
        }

        private boolean isIn(List<SweepResult.Row> rows) {
            return rows.stream().anyMatch(this::isOf);
        }
    }

    /** A model and what it is called. */
    public record Named(String name, TransformerModel model) {}

    /**
     * What a sweep scores.
     *
     * @param leftOut windows that a method can't change, with the reasons
     */
    public record Candidates(List<Candidate> scored, List<SweepResult.LeftOut> leftOut) {
        public List<Shrink> shrinks() {
            return scored.stream().map(Candidate::shrink).toList();
        }

        /** What must be known of activations for all of them. */
        public Needs needs() {
            return Needs.all(shrinks().stream().map(Shrink::needs).toList());
        }
    }

    /** What a candidate was measured at. */
    record Scored(Scores scores, Map<String, Map<String, Double>> matchedCorrelation, Removed removed, double seconds) {
        Scored with(Scores other) {
            return new Scored(other, matchedCorrelation, removed, seconds);
        }

        /** After so many seconds more. */
        Scored after(double before) {
            return new Scored(scores, matchedCorrelation, removed, before + seconds);
        }
    }

    private final Subject subject;
    private final TransformerModel model;
    private final Settings settings;
    private final Metric metric;
    private final Calibration calibration;
    private final Outline outline;
    /** Of all batches, at the first layer that a window changes; null before they are asked for. */
    private KeptStates states;
    /** Of the model that differences are taken to. */
    private Bootstrap to;

    private WindowSweep(Subject subject, Settings settings, Calibration calibration) {
        this.subject = subject;
        this.model = subject.model();
        this.settings = settings;
        this.metric = subject.workload().metric(settings.split(), settings.limit());
        this.calibration = calibration;
        this.outline = Outline.of(model);
    }

    /**
     * Scores every window on validation data, with what is usual for everything else.
     *
     * @param limit examples that are scored, at most
     * @param methods what is done to each window, as {@code permute}; the best window is the first one's
     * @throws UserError if the length doesn't fit the model, or there is no such method
     */
    public static SweepResult of(TransformerModel model, Workload workload, int length, int limit, String... methods) {
        List<String> stacks =
                model.architecture().stacks().stream().map(Stack::name).toList();
        Settings settings = new Settings(
                length,
                stacks,
                Ways.BUILT_IN.onWindows(List.of(methods), Choices.NONE),
                Split.VALIDATION,
                limit,
                workload.usualTokens(),
                Protocol.OURS,
                0);
        return run(model.origin().name(), model, settings, workload, StateFolder.find(), Progress.NONE);
    }

    /** Runs a sweep within the memory that is usual; otherwise as {@link #run} with a limit. */
    public static SweepResult run(
            String name,
            TransformerModel model,
            Settings settings,
            Workload workload,
            StateFolder state,
            Progress progress) {
        Named named = new Named(name, model);
        return run(
                new Subject(named, Optional.empty(), workload, state, Calibration.DEFAULT_MEMORY, progress), settings);
    }

    /**
     * Runs the sweep, or the rest of it where a sweep of the same model and settings was stopped before.
     *
     * @throws UserError if the length doesn't fit the model
     * @throws Interrupted if the thread is interrupted; finished windows are kept
     */
    public static SweepResult run(Subject subject, Settings settings) {
        return run(subject, settings, candidates(subject.name(), subject.model(), settings));
    }

    /** The same with other candidates than the windows of these settings; no two of a method are of the same layers. */
    static SweepResult run(Subject subject, Settings settings, Candidates candidates) {
        try (WindowSweep sweep = new WindowSweep(subject, settings, subject.calibration(settings))) {
            UnfinishedLog<SweepResult.Row> log = new UnfinishedLog<>(
                    subject.state().sub("sweeps").resolve(sweep.key(candidates) + ".jsonl"), SweepResult.Row.class);
            List<SweepResult.Row> rows = new ArrayList<>();
            double baseline = sweep.scoreOrKeep(candidates.scored(), rows, log);
            log.delete();
            rows.removeIf(row -> candidates.scored().stream().noneMatch(candidate -> candidate.isOf(row)));
            List<SweepResult.Row> corrected = Holm.corrected(rows, SweepResult.Row::difference, SweepResult.Row::with);
            return sweep.result(baseline, corrected, candidates);
        }
    }

    /**
     * Finds the best window of each method and length without scoring all on everything, as {@link Race} does; a race of the
     * same model and settings that was stopped before goes on.
     *
     * @throws UserError if the length doesn't fit the model
     * @throws Interrupted if the thread is interrupted; what was measured is kept
     */
    public static SweepResult race(Subject subject, Settings settings) {
        Candidates candidates = candidates(subject.name(), subject.model(), settings);
        try (WindowSweep sweep = new WindowSweep(subject, settings, subject.calibration(settings))) {
            UnfinishedLog<WindowRace.Entry> log = new UnfinishedLog<>(
                    subject.state().sub("races").resolve(sweep.key(candidates) + ".jsonl"), WindowRace.Entry.class);
            SweepResult result = sweep.race(candidates, log);
            log.delete();
            return result;
        }
    }

    private SweepResult race(Candidates candidates, UnfinishedLog<WindowRace.Entry> log) {
        try (Evidence evidence =
                Evidence.find(model, candidates.needs(), subject.workload(), calibration, subject.progress())) {
            WindowRace race = new WindowRace(
                    model, subject.products(), metric, candidates.scored(), evidence, log, settings.seed());
            WindowRace.Outcome outcome = race.run(subject.progress());
            Map<Integer, Scores> unchanged = scores(model, outcome.seen());
            Map<Integer, Scores> reference = subject.reference()
                    .map(r -> scores(r.model(), outcome.seen()))
                    .orElse(unchanged);
            List<SweepResult.Row> rows = new ArrayList<>();
            SortedMap<Integer, Double> baselines = new TreeMap<>();
            for (int i = 0; i < candidates.scored().size(); i++) {
                Collection<Integer> batches = outcome.race().batchesOf(i);
                rows.add(row(
                        candidates.scored().get(i),
                        outcome.windows().get(i),
                        Bootstrap.of(metric, of(reference, batches), settings.seed())));
                Scores same = of(unchanged, batches);
                baselines.computeIfAbsent(same.examples(), examples -> metric.value(same.total()));
            }
            Scores all = of(unchanged, outcome.seen().keySet());
            return result(
                            metric.value(all.total()),
                            Holm.corrected(rows, SweepResult.Row::difference, SweepResult.Row::with),
                            candidates)
                    .raced(
                            all.examples(),
                            new SweepResult.Raced(
                                    outcome.race().saved(), standing(outcome.race(), candidates.scored()), baselines));
        } catch (CancellationException e) {
            if (log.read().isEmpty()) {
                throw e; // before there was anything to keep
            }
            throw new Interrupted("interrupted; what was measured is kept: the same command goes on with the rest");
        }
    }

    /** The windows that could still be the best. */
    private static List<SweepResult.Window> standing(Race race, List<Candidate> candidates) {
        return IntStream.range(0, candidates.size())
                .filter(race::isRacing)
                .mapToObj(candidates::get)
                .map(c -> new SweepResult.Window(c.method().name(), c.layers()))
                .toList();
    }

    /** Of a whole model, by piece of a race. */
    private Map<Integer, Scores> scores(TransformerModel whole, Map<Integer, Batch> pieces) {
        Map<Integer, Scores> scores = new LinkedHashMap<>();
        pieces.forEach((place, piece) -> scores.put(place, Evaluator.score(whole, metric, piece, subject.products())));
        return scores;
    }

    private static Scores of(Map<Integer, Scores> byBatch, Collection<Integer> batches) {
        return Scores.of(batches.stream().map(byBatch::get).toList());
    }

    /**
     * Scores candidates of whatever lengths by one recording of activations, but those that a log has already.
     *
     * @param log of the same model, data and settings; it keeps every row
     * @return the rows of the log, those of other candidates too
     * @throws Interrupted if the thread is interrupted; finished windows are kept
     */
    static List<SweepResult.Row> rows(
            Named named,
            Settings settings,
            List<Candidate> candidates,
            Workload workload,
            Calibration calibration,
            UnfinishedLog<SweepResult.Row> log,
            Progress progress) {
        List<SweepResult.Row> rows = new ArrayList<>(log.read());
        if (candidates.stream().allMatch(candidate -> candidate.isIn(rows))) {
            return rows;
        }
        rows.clear();
        Subject subject =
                new Subject(named, Optional.empty(), workload, calibration.state(), calibration.memory(), progress);
        try (WindowSweep sweep = new WindowSweep(subject, settings, calibration)) {
            sweep.scoreOrKeep(candidates, rows, log);
        }
        return rows;
    }

    /** Scores what the log doesn't have; returns the unchanged model's value. */
    private double scoreOrKeep(
            List<Candidate> candidates, List<SweepResult.Row> rows, UnfinishedLog<SweepResult.Row> log) {
        rows.addAll(log.read());
        try {
            return scoreAll(candidates, rows, log);
        } catch (CancellationException e) {
            long kept = candidates.stream().filter(c -> c.isIn(rows)).count();
            if (kept == 0) {
                throw e; // before there was anything to keep
            }
            throw new Interrupted("interrupted; " + kept + " of " + Counted.of(candidates.size(), "windows")
                    + " are kept: the same command goes on with the others");
        }
    }

    /** What is done to windows, whichever they are. */
    private static List<Object> done(Candidate candidate) {
        Step step = candidate.shrink().step();
        return List.of(candidate.method().name(), step.way(), step.options());
    }

    /**
     * Names unfinished work: what is the same in it gives the same values. Windows aren't named, so that a sweep of other lengths
     * has the rows of one that was stopped.
     */
    private String key(Candidates candidates) {
        return Fingerprint.of(
                Fingerprint.of(model),
                candidates.scored().stream().map(WindowSweep::done).distinct().toList(),
                settings.split(),
                settings.limit(),
                settings.tokens(),
                settings.protocol(),
                settings.seed(),
                subject.reference().map(r -> Fingerprint.of(r.model())).orElse(""),
                subject.workload().key(),
                metric.measure().name(),
                subject.products().label());
    }

    /**
     * Every window with every method, in the order in which they are scored. Where some windows can't be changed, as where
     * a layer would be taken out of a group that shares one sublayer, the others are scored.
     *
     * @param name of the model, for messages
     * @throws UserError if the length doesn't fit the layers, or a method can't change any window
     */
    public static Candidates candidates(String name, TransformerModel model, Settings settings) {
        List<Candidate> scored = new ArrayList<>();
        List<SweepResult.LeftOut> leftOut = new ArrayList<>();
        Map<WindowMethod, UserError> refused = new LinkedHashMap<>();
        for (Window window : windows(model, settings)) {
            Map<String, List<Integer>> layers = settings.inStacks(window.layers());
            for (WindowMethod method : settings.methods()) {
                Shrink shrink = method.shrink().apply(layers);
                try {
                    shrink.requireFits(name, model);
                    scored.add(new Candidate(method, layers, shrink));
                } catch (UserError e) {
                    refused.putIfAbsent(method, e);
                    leftOut.add(new SweepResult.LeftOut(method.name(), layers, e.getMessage()));
                }
            }
        }
        scored.forEach(candidate -> refused.remove(candidate.method()));
        for (UserError ofAllWindows : refused.values()) {
            throw ofAllWindows;
        }
        return new Candidates(scored, leftOut);
    }

    /** @throws UserError if the length doesn't fit the layers */
    public static List<Window> windows(TransformerModel model, Settings settings) {
        int layers = model.architecture().commonLayers(settings.stacks());
        int least =
                settings.methods().stream().mapToInt(WindowMethod::least).max().orElse(1);
        int left =
                settings.methods().stream().mapToInt(WindowMethod::left).max().orElse(0);
        int most = Math.min(layers - left, settings.protocol().lastWindow() ? layers : layers - 1);
        for (int length : settings.lengths()) {
            if (length < least || length > most) {
                throw new UserError("--length " + length + " doesn't fit: windows of this model have " + least + " to "
                        + most + " layers");
            }
        }
        return settings.lengths().stream()
                .flatMap(length -> settings.protocol().windows(layers, length).stream())
                .toList();
    }

    private SweepResult result(double baseline, List<SweepResult.Row> rows, Candidates candidates) {
        List<String> order = settings.methods().stream().map(WindowMethod::name).toList();
        rows.sort(Comparator.comparingInt(SweepResult.Row::length)
                .thenComparingInt(SweepResult.Row::start)
                .thenComparingInt(row -> order.indexOf(row.method())));
        return new SweepResult(
                subject.name(),
                settings.lengths(),
                metric.measure(),
                baseline,
                subject.workload().data(),
                settings.split().label(),
                List.copyOf(rows),
                SweepResult.best(metric.measure(), order.get(0), rows).orElse(null),
                settings.protocol().label(),
                methods(candidates),
                candidates.leftOut(),
                metric.protocol().orElse(null),
                metric.examples(),
                null,
                subject.products().stated());
    }

    /** What was done to windows, with all that was chosen about it. */
    private List<SweepResult.Method> methods(Candidates candidates) {
        return settings.methods().stream()
                .flatMap(method -> candidates.scored().stream()
                        .filter(c -> c.method().equals(method))
                        .limit(1))
                .map(first -> {
                    Step step = first.shrink().step();
                    Step whole = first.shrink().needs().isEmpty()
                            ? step
                            : step.with(Evidence.source(subject.workload(), calibration));
                    return new SweepResult.Method(
                            first.method().name(),
                            first.method().title(),
                            first.method().place(),
                            whole.way(),
                            whole.options());
                })
                .toList();
    }

    /** Scores what is not in {@code rows} yet; returns the unchanged model's value. */
    private double scoreAll(
            List<Candidate> candidates, List<SweepResult.Row> rows, UnfinishedLog<SweepResult.Row> log) {
        // states move on from layer to layer and never back
        List<Candidate> left = candidates.stream()
                .filter(c -> !c.isIn(rows))
                .sorted(Comparator.comparingInt(c -> c.shrink().firstChangedLayer(outline)))
                .toList();
        Needs needs = Needs.all(left.stream().map(c -> c.shrink().needs()).toList());
        try (Evidence evidence = Evidence.find(model, needs, subject.workload(), calibration, subject.progress())) {
            return scoreAll(candidates.size(), left, rows, evidence, log);
        }
    }

    private double scoreAll(
            int all,
            List<Candidate> left,
            List<SweepResult.Row> rows,
            Evidence evidence,
            UnfinishedLog<SweepResult.Row> log) {
        List<Batch> batches = metric.batches();
        long steps = (long) (all + 1) * batches.size();
        try (Progress.Stage stage = subject.progress().start("Scoring windows", steps, "batches")) {
            Counter counter = new Counter(stage);
            // those of an earlier run come first, as they tell nothing of how fast this one is
            counter.add((all - left.size()) * batches.size());
            states = new KeptStates(model, batches, subject.products());
            Scores unchanged = score(model, counter);
            double baseline = metric.value(unchanged.total());
            Scores ofReference = subject.reference()
                    .map(r -> Evaluator.evaluate(r.model(), metric, subject.products(), subject.progress())
                            .scores())
                    .orElse(unchanged);
            to = Bootstrap.of(metric, ofReference, settings.seed());
            for (Candidate candidate : left) {
                states.advance(candidate.shrink().firstChangedLayer(outline));
                SweepResult.Row row = score(candidate, evidence, counter);
                log.append(row);
                rows.add(row);
            }
            return baseline;
        }
    }

    /** Batches done, over all windows. */
    private static final class Counter {
        private final Progress.Stage stage;
        private long done;

        Counter(Progress.Stage stage) {
            this.stage = stage;
        }

        void add(int batches) {
            done += batches;
            stage.advance(done);
        }
    }

    private SweepResult.Row score(Candidate candidate, Evidence evidence, Counter counter) {
        evidence.prepare(candidate.shrink().needs());
        long start = System.nanoTime();
        Shrunk shrunk = candidate.shrink().apply(model, evidence);
        try (TransformerModel changed = shrunk.model()) {
            Scores scores = score(changed, counter);
            Removed removed = outline.removed(Outline.of(changed));
            double seconds = (System.nanoTime() - start) / 1e9;
            return row(candidate, new Scored(scores, shrunk.matchedCorrelation(), removed, seconds), to);
        }
    }

    /** @param reference the model that differences are taken to, on the same examples */
    private SweepResult.Row row(Candidate candidate, Scored scored, Bootstrap reference) {
        Scores scores = scored.scores();
        Bootstrap bootstrap = Bootstrap.of(metric, scores, settings.seed());
        return new SweepResult.Row(
                candidate.method().name(),
                candidate.layers(),
                metric.value(scores.total()),
                scored.matchedCorrelation(),
                scored.removed().parameters(),
                scored.seconds(),
                scored.removed().feedForwards(),
                scored.removed().bytes(),
                scored.removed().layers(),
                scores.examples(),
                bootstrap.interval().orElse(null),
                bootstrap
                        .difference(
                                reference,
                                subject.reference().orElse(subject.named()).name())
                        .orElse(null));
    }

    private Scores score(TransformerModel changed, Counter counter) {
        List<Scores> batches = new ArrayList<>();
        for (HiddenStates state : states.all()) {
            try (NDManager scope = changed.newScope()) {
                batches.add(metric.score(changed, state, Pass.inference(scope, subject.products())));
            }
            counter.add(1);
        }
        return Scores.of(batches);
    }

    @Override
    public void close() {
        if (states != null) {
            states.close();
        }
    }
}
