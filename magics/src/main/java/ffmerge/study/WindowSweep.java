package ffmerge.study;

import ai.djl.ndarray.NDManager;
import ffmerge.Interrupted;
import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.UserError;
import ffmerge.align.Aligner;
import ffmerge.align.Calibration;
import ffmerge.align.LayerAlignment;
import ffmerge.align.Protocol;
import ffmerge.architecture.Stack;
import ffmerge.architecture.Window;
import ffmerge.data.Batch;
import ffmerge.data.Split;
import ffmerge.evaluate.Metric;
import ffmerge.journal.Fingerprint;
import ffmerge.journal.SweepLog;
import ffmerge.merge.LayerDrop;
import ffmerge.merge.MergePlan;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.result.CompressionResult;
import ffmerge.result.SweepResult;
import ffmerge.shrink.Dropping;
import ffmerge.shrink.Merging;
import ffmerge.workload.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;

/**
 * Scores every window of a length (the paper's step 6). What the windows have in common is done once: one pass records
 * the activations for all alignments, and each batch's hidden states are kept at the window's first layer, so that the
 * layers before it, which no method changes, run once in all.
 */
public final class WindowSweep implements AutoCloseable {
    /** What is done to a window's layers. */
    public enum Method {
        PERMUTE,
        NONE,
        RANDOM,
        DROP;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** @throws UserError if there is no such method */
        public static Method parse(String label) {
            return Arrays.stream(values())
                    .filter(m -> m.label().equals(label))
                    .findFirst()
                    .orElseThrow(() -> new UserError("there is no method '" + label + "'; methods are "
                            + Arrays.stream(values()).map(Method::label).collect(Collectors.joining(", "))));
        }
    }

    /**
     * @param stacks in which the windows lie, in sync where there are several
     * @param features what of the units is correlated
     * @param tokens over which activations are recorded
     * @param limit examples of the split that are scored, at most
     * @param protocol by which windows are searched and sublayers matched
     */
    public record Settings(
            int length,
            List<String> stacks,
            List<Method> methods,
            MergePlan.Anchor anchor,
            MergePlan.Features features,
            Split split,
            int limit,
            int tokens,
            long seed,
            Protocol protocol) {
        /** By what the paper correlates, and our own protocol. */
        public Settings(
                int length,
                List<String> stacks,
                List<Method> methods,
                MergePlan.Anchor anchor,
                Split split,
                int limit,
                int tokens,
                long seed) {
            this(length, stacks, methods, anchor, MergePlan.Features.UP, split, limit, tokens, seed, Protocol.OURS);
        }
    }

    private final TransformerModel model;
    private final Settings settings;
    private final Workload workload;
    private final Metric metric;
    private final Calibration calibration;
    private final Progress progress;
    /** Of the hidden states kept between windows. */
    private final NDManager kept;

    private List<HiddenStates> states;

    private WindowSweep(
            TransformerModel model, Settings settings, Workload workload, Calibration calibration, Progress progress) {
        this.model = model;
        this.settings = settings;
        this.workload = workload;
        this.metric = workload.metric(settings.split(), settings.limit());
        this.calibration = calibration;
        this.progress = progress;
        this.kept = model.newScope();
    }

    /** Runs a sweep within the memory that is usual; otherwise as {@link #run} with a limit. */
    public static SweepResult run(
            String name,
            TransformerModel model,
            Settings settings,
            Workload workload,
            StateFolder state,
            Progress progress) {
        return run(name, model, settings, workload, state, Calibration.DEFAULT_MEMORY, progress);
    }

    /**
     * Runs the sweep, or the rest of it where a sweep of the same model and settings was stopped before.
     *
     * @param state where finished windows are noted until all are done
     * @param memory bytes that the sums of pairs of sublayers may take at a time
     * @throws UserError if the length doesn't fit the model
     * @throws Interrupted if the thread is interrupted; finished windows are kept
     */
    public static SweepResult run(
            String name,
            TransformerModel model,
            Settings settings,
            Workload workload,
            StateFolder state,
            long memory,
            Progress progress) {
        Calibration calibration = new Calibration(settings.tokens(), settings.protocol(), memory, state);
        List<Window> windows = windows(model, settings);
        String key = Fingerprint.of(Fingerprint.of(model), settings, workload.key());
        SweepLog log = new SweepLog(state.sub("sweeps").resolve(key + ".jsonl"));
        List<SweepResult.Row> rows = new ArrayList<>(log.read());
        int all = windows.size() * settings.methods().size();
        try (WindowSweep sweep = new WindowSweep(model, settings, workload, calibration, progress)) {
            double baseline = sweep.scoreAll(windows, rows, log);
            log.delete();
            return result(name, sweep, baseline, rows);
        } catch (CancellationException e) {
            throw new Interrupted("interrupted; " + rows.size() + " of " + all
                    + " windows are kept: the same command goes on with the others");
        }
    }

    /** @throws UserError if the length doesn't fit the layers */
    public static List<Window> windows(TransformerModel model, Settings settings) {
        int layers = settings.stacks().stream()
                .mapToInt(s -> model.architecture().stack(s).layers())
                .min()
                .orElseThrow();
        boolean drops = settings.methods().contains(Method.DROP);
        int least = settings.methods().equals(List.of(Method.DROP)) ? 1 : 2; // one layer can be dropped, not merged
        int most = Math.min(drops ? layers - 1 : layers, settings.protocol().lastWindow() ? layers : layers - 1);
        if (settings.length() < least || settings.length() > most) {
            throw new UserError("--length " + settings.length() + " doesn't fit: windows of this model have " + least
                    + " to " + most + " layers");
        }
        return settings.protocol().windows(layers, settings.length());
    }

    private static SweepResult result(String name, WindowSweep sweep, double baseline, List<SweepResult.Row> rows) {
        Settings settings = sweep.settings;
        List<String> order = settings.methods().stream().map(Method::label).toList();
        rows.sort(Comparator.comparingInt(SweepResult.Row::start).thenComparingInt(row -> order.indexOf(row.method())));
        Comparator<SweepResult.Row> byValue = Comparator.comparingDouble(SweepResult.Row::value);
        SweepResult.Row best = rows.stream()
                .filter(row -> row.method().equals(order.get(0)))
                .min(sweep.metric.measure().higherIsBetter() ? byValue.reversed() : byValue)
                .orElseThrow();
        return new SweepResult(
                name,
                settings.length(),
                sweep.metric.measure(),
                baseline,
                sweep.workload.data(),
                settings.split().label(),
                List.copyOf(rows),
                best,
                settings.protocol().label());
    }

    /** Scores what is not in {@code rows} yet; returns the unchanged model's value. */
    private double scoreAll(List<Window> windows, List<SweepResult.Row> rows, SweepLog log) {
        Set<String> done = new LinkedHashSet<>();
        rows.forEach(row -> done.add(row.method() + row.start()));
        List<Aligner.LayerPair> pairs = windows.stream()
                // a single layer, which can be dropped, makes no plan of merging
                .filter(w -> settings.methods().contains(Method.PERMUTE))
                .filter(w -> !done.contains(Method.PERMUTE.label() + w.first()))
                .flatMap(w -> Aligner.pairs(plan(w, MergePlan.Alignment.PERMUTE)).stream())
                .toList();
        List<? extends Batch> read = pairs.isEmpty() ? List.of() : workload.activationBatches(calibration);
        try (Aligner aligner = new Aligner(model, pairs, read, calibration, progress)) {
            // with the first pair come all that fit beside it, before the scoring begins
            aligner.of(pairs.subList(0, Math.min(1, pairs.size())));
            return scoreAll(windows, rows, done, aligner, log);
        }
    }

    private double scoreAll(
            List<Window> windows, List<SweepResult.Row> rows, Set<String> done, Aligner aligner, SweepLog log) {
        List<Batch> batches = metric.batches();
        long steps = (long) (windows.size() * settings.methods().size() + 1) * batches.size();
        try (Progress.Stage stage = progress.start("Scoring windows", steps, "batches")) {
            Counter counter = new Counter(stage);
            states = embed(batches);
            double baseline = metric.value(score(model, counter));
            for (Window window : windows) {
                for (Method method : settings.methods()) {
                    if (done.contains(method.label() + window.first())) {
                        counter.add(batches.size());
                        continue;
                    }
                    advance(firstChangedLayer(window));
                    SweepResult.Row row = score(window, method, aligner, counter);
                    log.append(row);
                    rows.add(row);
                }
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

    private MergePlan plan(Window window, MergePlan.Alignment alignment) {
        List<MergePlan.Group> groups = settings.stacks().stream()
                .map(stack -> MergePlan.Group.of(stack, window.layers(), settings.anchor()))
                .toList();
        return new MergePlan(groups, alignment, settings.features(), settings.seed());
    }

    private List<HiddenStates> embed(List<Batch> batches) {
        List<HiddenStates> embedded = new ArrayList<>();
        for (Batch batch : batches) {
            Progress.stopIfInterrupted();
            embedded.add(model.embed(batch, Pass.inference(kept)));
        }
        return embedded;
    }

    /** Moves all batches' states on to a layer, through layers that no window from here on changes. */
    private void advance(int layer) {
        for (int i = 0; i < states.size(); i++) {
            HiddenStates old = states.get(i);
            if (old.layer() < layer) {
                Progress.stopIfInterrupted();
                states.set(i, model.advance(old, layer, Pass.inference(kept)));
                old.close();
            }
        }
    }

    /** The first layer that the window changes, counted over all stacks. */
    private int firstChangedLayer(Window window) {
        int before = 0;
        for (Stack stack : model.architecture().stacks()) {
            if (settings.stacks().contains(stack.name())) {
                return before + window.first();
            }
            before += stack.layers();
        }
        throw new IllegalStateException("no stack of " + settings.stacks());
    }

    private SweepResult.Row score(Window window, Method method, Aligner aligner, Counter counter) {
        List<LayerAlignment> own = method == Method.PERMUTE
                ? aligner.of(Aligner.pairs(plan(window, MergePlan.Alignment.PERMUTE)))
                : List.of();
        long start = System.nanoTime();
        Map<String, List<Integer>> layers = new LinkedHashMap<>();
        settings.stacks().forEach(stack -> layers.put(stack, window.layers()));
        Map<String, Map<String, Double>> matched = Map.of();
        TransformerModel changed;
        if (method == Method.DROP) {
            changed = Dropping.drop(
                    model,
                    settings.stacks().stream()
                            .map(stack -> new LayerDrop(stack, window.layers()))
                            .toList());
        } else {
            MergePlan plan = plan(window, MergePlan.Alignment.parse(method.label()));
            matched = CompressionResult.matchedCorrelation(own);
            changed = Merging.merge(model, plan, own).model();
        }
        try (changed) {
            double value = metric.value(score(changed, counter));
            long removed =
                    model.parameters().uniqueCount() - changed.parameters().uniqueCount();
            return new SweepResult.Row(
                    method.label(), layers, value, matched, removed, (System.nanoTime() - start) / 1e9);
        }
    }

    private Metric.Score score(TransformerModel changed, Counter counter) {
        Metric.Score total = Metric.Score.NONE;
        for (HiddenStates state : states) {
            try (NDManager scope = changed.newScope()) {
                total = total.plus(metric.score(changed, state, Pass.inference(scope)));
            }
            counter.add(1);
        }
        return total;
    }

    @Override
    public void close() {
        kept.close();
    }
}
