package ffmerge.align;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.StopRequest;
import ffmerge.activation.ActivationFile;
import ffmerge.activation.ActivationRecorder;
import ffmerge.activation.Sublayer;
import ffmerge.architecture.Branch;
import ffmerge.correlation.CorrelationMatrix;
import ffmerge.correlation.Counting;
import ffmerge.correlation.CrossMoments;
import ffmerge.data.Batch;
import ffmerge.merge.MergePlan;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Finds, for pairs of FF or attention sublayers, the order of units or heads that matches them best. The model runs over the data once in all.
 * Where the sums of all pairs fit into the memory that they may take, they are added up during that pass; else the pass's
 * activations are kept in a file, from which as many pairs as fit are done at a time. Both give the same sums, bit by bit.
 * Assignments are found on the processor: at once where that is what sums up, else while the GPU goes on.
 */
public final class Aligner implements AutoCloseable {
    /**
     * Two layers of a stack; the second's units, or heads of attention, are to be reordered like the first's.
     *
     * @param branch whose units are matched: those of FF sublayers, or heads
     * @param features what of the units is correlated; of heads it is their outputs always
     */
    public record LayerPair(String stack, int anchor, int layer, Branch branch, MergePlan.Features features) {
        public LayerPair(String stack, int anchor, int layer, MergePlan.Features features) {
            this(stack, anchor, layer, Branch.FEED_FORWARD, features);
        }

        /** A pair by what the paper correlates. */
        public LayerPair(String stack, int anchor, int layer) {
            this(stack, anchor, layer, MergePlan.Features.UP);
        }

        /** What is correlated, and summed where it is several; empty where it is no activations. */
        public List<CrossMoments.Pair> sublayers() {
            return sites().stream()
                    .map(site ->
                            new CrossMoments.Pair(new Sublayer(site, stack, anchor), new Sublayer(site, stack, layer)))
                    .toList();
        }

        /** A pair whose heads are matched by their outputs. */
        public static LayerPair ofHeads(String stack, int anchor, int layer) {
            return new LayerPair(stack, anchor, layer, Branch.ATTENTION, MergePlan.Features.UP);
        }

        private List<Site> sites() {
            if (branch == Branch.ATTENTION) {
                return List.of(Site.ATTENTION_HEADS);
            }
            return switch (features) {
                case UP -> List.of(Site.FEED_FORWARD_UNITS);
                case GATE -> List.of(Site.FEED_FORWARD_GATE);
                case PRODUCT -> List.of(Site.FEED_FORWARD_PRODUCT);
                case SUM -> List.of(Site.FEED_FORWARD_UNITS, Site.FEED_FORWARD_GATE);
                case WEIGHTS -> List.of();
            };
        }
    }

    /** Something else that is recorded in the same pass. */
    public record Beside(Set<Sublayer> sublayers, ActivationRecorder.Consumer consumer) {
        public static final Beside NOTHING = new Beside(Set.of(), (values, scope) -> {});
    }

    private final TransformerModel model;
    private final List<? extends Batch> batches;
    private final Calibration calibration;
    private final Counting normalization;
    private final PairGroups groups;
    private final Progress progress;
    private final Beside beside;
    /** Not aligned yet, in the order in which they will be. */
    private final Set<LayerPair> pending;

    private final Map<LayerPair, LayerAlignment> found = new ConcurrentHashMap<>();
    /** Being matched, where a GPU goes on meanwhile. */
    private final Map<LayerPair, Future<LayerAlignment>> started = new HashMap<>();

    /** Null where the processor has enough to do. */
    private final BackgroundMatching background;

    private ActivationFile recorded;

    /**
     * @param pairs all that will be asked for, in the order in which they will be
     * @param batches what the model reads, from the validation split's start
     */
    public Aligner(
            TransformerModel model,
            Collection<LayerPair> pairs,
            List<? extends Batch> batches,
            Calibration calibration,
            Progress progress) {
        this(model, pairs, batches, calibration, progress, Beside.NOTHING);
    }

    /** @param beside what the first pass is to give besides */
    public Aligner(
            TransformerModel model,
            Collection<LayerPair> pairs,
            List<? extends Batch> batches,
            Calibration calibration,
            Progress progress,
            Beside beside) {
        this(
                model,
                pairs,
                batches,
                calibration,
                progress,
                beside,
                model.device().isGpu());
    }

    /** @param inBackground whether assignments are found beside what else is done */
    Aligner(
            TransformerModel model,
            Collection<LayerPair> pairs,
            List<? extends Batch> batches,
            Calibration calibration,
            Progress progress,
            boolean inBackground) {
        this(model, pairs, batches, calibration, progress, Beside.NOTHING, inBackground);
    }

    private Aligner(
            TransformerModel model,
            Collection<LayerPair> pairs,
            List<? extends Batch> batches,
            Calibration calibration,
            Progress progress,
            Beside beside,
            boolean inBackground) {
        this.background = inBackground ? new BackgroundMatching() : null;
        this.model = model;
        this.batches = batches;
        this.calibration = calibration;
        this.normalization = calibration.protocol().normalization(model.architecture());
        this.groups = new PairGroups(model.architecture(), calibration);
        this.progress = progress;
        this.beside = beside;
        this.pending = pairs.stream()
                .filter(pair -> pair.features().areOfActivations())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** The pairs that a plan needs: each layer of a group with its anchor. */
    public static List<LayerPair> pairs(MergePlan plan) {
        return plan.groups().stream()
                .flatMap(group -> group.others().stream()
                        .map(layer -> new LayerPair(group.stack(), group.anchor(), layer, plan.features())))
                .toList();
    }

    /** The pairs of attention sublayers that a plan needs. */
    public static List<LayerPair> pairsOfHeads(MergePlan plan) {
        return pairs(plan).stream()
                .map(pair -> LayerPair.ofHeads(pair.stack(), pair.anchor(), pair.layer()))
                .toList();
    }

    /** Aligns all pairs, as far as that is possible in parallel. */
    public static Map<LayerPair, LayerAlignment> align(
            TransformerModel model,
            Collection<LayerPair> pairs,
            List<? extends Batch> batches,
            Calibration calibration,
            Progress progress) {
        try (Aligner aligner = new Aligner(model, pairs, batches, calibration, progress)) {
            aligner.of(pairs);
            return aligner.found;
        }
    }

    /** The correlations of all pairs, from one pass; they must fit into memory together. */
    public static Map<LayerPair, CorrelationMatrix> correlations(
            TransformerModel model,
            Collection<LayerPair> pairs,
            List<? extends Batch> batches,
            Calibration calibration,
            Progress progress) {
        Set<LayerPair> distinct = new LinkedHashSet<>(pairs);
        boolean ofActivations =
                distinct.stream().anyMatch(pair -> pair.features().areOfActivations());
        Map<LayerPair, CorrelationMatrix> correlations = new LinkedHashMap<>();
        try (Aligner aligner = new Aligner(model, pairs, batches, calibration, progress);
                NDManager scope = model.newScope();
                CrossMoments moments = aligner.newMoments(distinct, scope)) {
            if (ofActivations) {
                aligner.record(distinct, moments);
            }
            distinct.forEach(pair -> correlations.put(pair, aligner.correlation(pair, moments)));
        }
        return correlations;
    }

    /** The best order of a pair's units, by their correlations. */
    public static LayerAlignment match(LayerPair pair, CorrelationMatrix correlations) {
        return BackgroundMatching.match(pair, correlations);
    }

    /**
     * How well each unit of a pair's anchor goes with each of the other's. Of attention, the units are groups of query heads
     * that share keys and values, each head alone where none are shared: how well two go together is the sum of the
     * correlations of their outputs, dimension by dimension as they stand, since it is those that are averaged.
     *
     * @param moments summed over activations, where the pair is of such
     */
    private CorrelationMatrix correlation(LayerPair pair, CrossMoments moments) {
        CorrelationMatrix units = pair.sublayers().stream()
                .map(moments::correlation)
                .reduce(CorrelationMatrix::plus)
                .orElseGet(() -> UnitWeights.products(model, pair));
        return pair.branch() == Branch.ATTENTION
                ? units.traces(model.architecture().heads(pair.stack()).queriesOfGroup())
                : units;
    }

    /** Runs the model over the data, unless that is done: with the first pair come all that fit beside it. */
    public void capture() {
        if (!pending.isEmpty()) {
            of(List.of(pending.iterator().next()));
        } else if (!beside.sublayers().isEmpty()) {
            record(Set.of(), (values, scope) -> {});
        }
    }

    /** The alignments of these pairs, in their order; those that are not there yet are found, and others with them. */
    public List<LayerAlignment> of(Collection<LayerPair> pairs) {
        matchByWeights(pairs.stream()
                .filter(pair -> !pair.features().areOfActivations() && isMissing(pair))
                .distinct()
                .toList());
        List<LayerPair> missing =
                pairs.stream().filter(this::isMissing).distinct().toList();
        while (!missing.isEmpty()) {
            // what is asked for first, then what will be asked for next
            Set<LayerPair> inOrder = new LinkedHashSet<>(missing);
            inOrder.addAll(pending);
            alignGroup(groups.first(inOrder));
            missing = missing.stream().filter(this::isMissing).toList();
        }
        for (LayerPair pair : pairs) {
            if (started.containsKey(pair)) {
                found.put(pair, BackgroundMatching.await(started.get(pair)));
                started.remove(pair);
            }
        }
        return pairs.stream().map(found::get).toList();
    }

    private boolean isMissing(LayerPair pair) {
        return !found.containsKey(pair) && !started.containsKey(pair);
    }

    private void alignGroup(Set<LayerPair> group) {
        try (NDManager scope = model.newScope();
                CrossMoments moments = newMoments(group, scope)) {
            if (recorded == null && group.containsAll(pending)) {
                record(group, moments);
            } else {
                if (recorded == null) {
                    recorded = recordAll(group);
                }
                recorded.replay(groups.recorded(group), scope, moments, progress);
            }
            if (background == null) {
                match(group, moments);
            } else {
                for (LayerPair pair : group) {
                    started.put(pair, background.start(pair, correlation(pair, moments)));
                }
            }
        }
        pending.removeAll(group);
    }

    private CrossMoments newMoments(Set<LayerPair> pairs, NDManager scope) {
        List<CrossMoments.Pair> parts =
                pairs.stream().flatMap(pair -> pair.sublayers().stream()).toList();
        return new CrossMoments(parts, normalization, scope);
    }

    /** Keeps what all pairs need, those of the group and those that follow. */
    private ActivationFile recordAll(Set<LayerPair> group) {
        Set<LayerPair> all = new LinkedHashSet<>(group);
        all.addAll(pending);
        ActivationFile file = new ActivationFile(calibration.state().sub("activations"), groups.fileBytes(all));
        try {
            record(all, file);
            return file;
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private void record(Set<LayerPair> pairs, ActivationRecorder.Consumer consumer) {
        int tokens = calibration.tokens();
        Set<Sublayer> own = groups.recorded(pairs);
        Set<Sublayer> all = new LinkedHashSet<>(own);
        all.addAll(beside.sublayers());
        ActivationRecorder.Consumer both = (values, scope) -> {
            consumer.accept(only(values, own), scope);
            beside.consumer().accept(only(values, beside.sublayers()), scope);
        };
        ActivationRecorder.record(model, batches, all, calibration.protocol().extent(tokens), both, progress);
    }

    private static Map<Sublayer, NDArray> only(Map<Sublayer, NDArray> values, Set<Sublayer> wanted) {
        Map<Sublayer, NDArray> chosen = new LinkedHashMap<>(values);
        chosen.keySet().retainAll(wanted);
        return chosen;
    }

    /** As many at a time as there are processors: each pair's correlations take all of these, its assignment one. */
    private void match(Set<LayerPair> pairs, CrossMoments moments) {
        List<LayerPair> list = List.copyOf(pairs);
        AtomicLong done = new AtomicLong();
        try (Progress.Stage stage = progress.start("Matching units", list.size(), "pairs")) {
            Thread asked = Thread.currentThread();
            for (int from = 0; from < list.size(); from += BackgroundMatching.THREADS) {
                List<LayerPair> some = list.subList(from, Math.min(list.size(), from + BackgroundMatching.THREADS));
                List<CorrelationMatrix> correlations =
                        some.stream().map(pair -> correlation(pair, moments)).toList();
                IntStream.range(0, some.size()).parallel().forEach(i -> {
                    if (StopRequest.isPending(asked)) {
                        return;
                    }
                    found.put(some.get(i), BackgroundMatching.match(some.get(i), correlations.get(i)));
                    stage.show(done.incrementAndGet());
                });
                Progress.stopIfInterrupted();
            }
        }
    }

    private void matchByWeights(List<LayerPair> pairs) {
        if (pairs.isEmpty()) {
            return;
        }
        try (Progress.Stage stage = progress.start("Matching units", pairs.size(), "pairs")) {
            for (LayerPair pair : pairs) {
                Progress.stopIfInterrupted();
                found.put(pair, match(pair, UnitWeights.products(model, pair)));
                stage.show(found.size());
            }
        }
    }

    @Override
    public void close() {
        if (background != null) {
            background.close();
        }
        if (recorded != null) {
            recorded.close();
        }
    }
}
