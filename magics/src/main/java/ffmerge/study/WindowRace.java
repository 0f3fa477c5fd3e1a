package ffmerge.study;

import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.data.Batch;
import ffmerge.data.ContinuationBatch;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.Race;
import ffmerge.evaluate.Scores;
import ffmerge.journal.UnfinishedLog;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.result.Removed;
import ffmerge.shrink.Evidence;
import ffmerge.shrink.Outline;
import ffmerge.shrink.Shrunk;
import ffmerge.study.WindowSweep.Candidate;
import ffmerge.torch.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Windows that race for the first place of their method and length. At each look the batches that come in pass the unchanged
 * layers once, as in a whole sweep, and are taken up from there by each window that is still in the race.
 */
final class WindowRace {
    /**
     * A window measured on one batch.
     *
     * @param units of each example
     */
    record Entry(
            String method,
            Map<String, List<Integer>> layers,
            int batch,
            List<double[]> units,
            long tokens,
            Map<String, Map<String, Double>> matchedCorrelation,
            Removed removed,
            double seconds) {}

    /**
     * All that was found.
     *
     * @param seen the batches that any window was measured on, by their numbers in the race
     */
    record Outcome(Race race, List<WindowSweep.Scored> windows, SortedMap<Integer, Batch> seen) {}

    /** Examples come in so many pieces at least, unless these would be too small. */
    private static final int PIECES = 16;
    /** Of a piece: fewer rows at a time are slow. */
    private static final int LEAST_ROWS = 8;

    private final TransformerModel model;
    private final Precision products;
    private final Metric metric;
    private final List<Batch> all; // pieces of the metric's batches
    private final List<Candidate> candidates;
    private final Evidence evidence;
    private final Outline outline;
    private final UnfinishedLog<Entry> log;
    private final Map<List<Object>, Entry> known = new HashMap<>(); // by method, layers and batch
    private final Race race;

    /** @param seed of the order of batches */
    WindowRace(
            TransformerModel model,
            Precision products,
            Metric metric,
            List<Candidate> candidates,
            Evidence evidence,
            UnfinishedLog<Entry> log,
            long seed) {
        this.model = model;
        this.products = products;
        this.metric = metric;
        this.candidates = candidates;
        this.evidence = evidence;
        this.outline = Outline.of(model);
        this.log = log;
        log.read().forEach(entry -> known.put(List.of(entry.method, entry.layers, entry.batch), entry));
        this.all = pieces(metric.batches());
        int[] examples = all.stream().mapToInt(Batch::examples).toArray();
        this.race = new Race(metric, groups(), examples, seed);
    }

    /** Batches cut up where they are few: what a look adds is whole pieces. */
    private static List<Batch> pieces(List<Batch> batches) {
        boolean inRows = batches.stream().noneMatch(ContinuationBatch.class::isInstance);
        if (!inRows || batches.size() >= PIECES) {
            return batches; // an item's choices are several rows, which stay together
        }
        int examples = batches.stream().mapToInt(Batch::rows).sum();
        int rows = Math.max(LEAST_ROWS, examples / PIECES);
        return batches.stream().flatMap(batch -> cut(batch, rows)).toList();
    }

    private static Stream<Batch> cut(Batch batch, int rows) {
        return IntStream.iterate(0, from -> from < batch.rows(), from -> from + rows)
                .mapToObj(from -> batch.part(from, Math.min(batch.rows(), from + rows)));
    }

    /** A number for each method and length. */
    private int[] groups() {
        List<List<Object>> kinds = candidates.stream().map(WindowRace::kind).toList();
        List<List<Object>> distinct = kinds.stream().distinct().toList();
        return kinds.stream().mapToInt(distinct::indexOf).toArray();
    }

    private static List<Object> kind(Candidate candidate) {
        return List.of(
                candidate.method().name(),
                candidate.layers().values().iterator().next().size());
    }

    /**
     * Runs the race, or the rest of it.
     *
     * @return what each candidate was measured at, and the batches that any was measured on
     */
    Outcome run(Progress progress) {
        // states move on from layer to layer and never back
        int[] inOrder = IntStream.range(0, candidates.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> candidates.get(i).shrink().firstChangedLayer(outline)))
                .mapToInt(Integer::intValue)
                .toArray();
        WindowSweep.Scored[] windows = new WindowSweep.Scored[candidates.size()];
        long scorings = (long) candidates.size() * all.size();
        try (Progress.Stage stage = progress.start("Racing windows", scorings, "batches")) {
            for (List<Integer> batches = race.batches(); !batches.isEmpty(); batches = race.batches()) {
                List<Batch> read = batches.stream().map(all::get).toList();
                try (KeptStates states = new KeptStates(model, read, products)) {
                    for (int i : inOrder) {
                        if (race.isMeasured(i)) {
                            states.advance(candidates.get(i).shrink().firstChangedLayer(outline));
                            windows[i] = plus(windows[i], measure(i, batches, states));
                            stage.advance(Math.round(scorings * (1 - race.saved())));
                        }
                    }
                }
                race.look();
            }
        }
        for (int i = 0; i < windows.length; i++) {
            windows[i] = windows[i].with(race.scores(i));
        }
        SortedMap<Integer, Batch> seen = new TreeMap<>();
        race.seen().forEach(batch -> seen.put(batch, all.get(batch)));
        return new Outcome(race, Arrays.asList(windows), seen);
    }

    private static WindowSweep.Scored plus(WindowSweep.Scored before, WindowSweep.Scored more) {
        return before == null ? more : more.after(before.seconds());
    }

    /** Measures a candidate on some batches, as far as that isn't known. */
    private WindowSweep.Scored measure(int candidate, List<Integer> batches, KeptStates states) {
        Candidate of = candidates.get(candidate);
        List<Entry> entries = batches.stream()
                .map(batch -> known.get(List.of(of.method().name(), of.layers(), batch)))
                .toList();
        if (entries.stream().anyMatch(entry -> entry == null)) {
            entries = measured(of, batches, states);
        }
        double seconds = 0;
        for (Entry entry : entries) {
            race.add(candidate, entry.batch, new Scores(entry.units, entry.tokens));
            seconds += entry.seconds;
        }
        Entry first = entries.get(0);
        if (first.removed.savesNothing()) {
            race.leaveOut(candidate);
        }
        return new WindowSweep.Scored(Scores.NONE, first.matchedCorrelation, first.removed, seconds);
    }

    private List<Entry> measured(Candidate candidate, List<Integer> batches, KeptStates states) {
        evidence.prepare(candidate.shrink().needs());
        List<Entry> entries = new ArrayList<>();
        long start = System.nanoTime();
        Shrunk shrunk = candidate.shrink().apply(model, evidence);
        try (TransformerModel changed = shrunk.model()) {
            Removed removed = outline.removed(Outline.of(changed));
            for (int i = 0; i < batches.size(); i++) {
                Scores scores = score(changed, states.all().get(i));
                entries.add(new Entry(
                        candidate.method().name(),
                        candidate.layers(),
                        batches.get(i),
                        scores.units(),
                        scores.tokens(),
                        shrunk.matchedCorrelation(),
                        removed,
                        (System.nanoTime() - start) / 1e9));
                start = System.nanoTime();
            }
        }
        entries.forEach(log::append);
        return entries;
    }

    private Scores score(TransformerModel changed, HiddenStates state) {
        Progress.stopIfInterrupted();
        try (NDManager scope = changed.newScope()) {
            return metric.score(changed, state, Pass.inference(scope, products));
        }
    }
}
