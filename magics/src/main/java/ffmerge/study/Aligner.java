package ffmerge.study;

import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.activation.ActivationRecorder;
import ffmerge.activation.Sublayer;
import ffmerge.correlation.CorrelationMatrix;
import ffmerge.correlation.CrossMoments;
import ffmerge.data.Batch;
import ffmerge.merge.MergePlan;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import ffmerge.permutation.LinearAssignment;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds, for pairs of FF sublayers, the order of units that matches them best: one pass, then one assignment a pair. */
public final class Aligner {
    /** Two layers of a stack; the second's units are to be reordered like the first's. */
    public record LayerPair(String stack, int anchor, int layer) {
        CrossMoments.Pair sublayers() {
            return new CrossMoments.Pair(
                    new Sublayer(Site.FEED_FORWARD_UNITS, stack, anchor),
                    new Sublayer(Site.FEED_FORWARD_UNITS, stack, layer));
        }
    }

    private Aligner() {}

    /** The pairs that a plan needs: each layer of a group with its anchor. */
    public static List<LayerPair> pairs(MergePlan plan) {
        return plan.groups().stream()
                .flatMap(group ->
                        group.others().stream().map(layer -> new LayerPair(group.stack(), group.anchor(), layer)))
                .toList();
    }

    /**
     * Records activations over so many tokens, once for all pairs, and solves the assignments in parallel.
     *
     * @param batches what the model reads, from the validation split's start
     */
    public static Map<LayerPair, LayerAlignment> align(
            TransformerModel model,
            Collection<LayerPair> pairs,
            List<? extends Batch> batches,
            int tokens,
            Progress progress) {
        Set<LayerPair> distinct = new LinkedHashSet<>(pairs);
        try (NDManager scope = model.newScope();
                CrossMoments moments = record(model, distinct, batches, tokens, scope, progress)) {
            return solve(distinct, moments, progress);
        }
    }

    /** Records activations once and sums their products for all pairs. */
    private static CrossMoments record(
            TransformerModel model,
            Set<LayerPair> pairs,
            List<? extends Batch> batches,
            int tokens,
            NDManager scope,
            Progress progress) {
        List<CrossMoments.Pair> sublayerPairs =
                pairs.stream().map(LayerPair::sublayers).toList();
        Set<Sublayer> sublayers = sublayerPairs.stream()
                .flatMap(p -> Stream.of(p.anchor(), p.other()))
                .collect(Collectors.toCollection(LinkedHashSet::new));
        CrossMoments moments = new CrossMoments(sublayerPairs, scope);
        ActivationRecorder.record(model, batches, sublayers, tokens, moments, progress);
        return moments;
    }

    /** The correlations of all pairs, from one pass. */
    public static Map<LayerPair, CorrelationMatrix> correlations(
            TransformerModel model, Collection<LayerPair> pairs, List<? extends Batch> batches, int tokens) {
        Set<LayerPair> distinct = new LinkedHashSet<>(pairs);
        try (NDManager scope = model.newScope();
                CrossMoments moments = record(model, distinct, batches, tokens, scope, Progress.NONE)) {
            Map<LayerPair, CorrelationMatrix> correlations = new LinkedHashMap<>();
            distinct.forEach(pair -> correlations.put(pair, moments.correlation(pair.sublayers())));
            return correlations;
        }
    }

    private static Map<LayerPair, LayerAlignment> solve(Set<LayerPair> pairs, CrossMoments moments, Progress progress) {
        Map<LayerPair, LayerAlignment> alignments = new ConcurrentHashMap<>();
        AtomicLong done = new AtomicLong();
        try (Progress.Stage stage = progress.start("Matching units", pairs.size(), "pairs")) {
            pairs.parallelStream().forEach(pair -> {
                alignments.put(pair, solve(pair, moments));
                stage.show(done.incrementAndGet());
            });
            Progress.stopIfInterrupted();
        }
        return alignments;
    }

    private static LayerAlignment solve(LayerPair pair, CrossMoments moments) {
        CorrelationMatrix correlation = moments.correlation(pair.sublayers());
        LinearAssignment best = LinearAssignment.maximize(correlation.values(), correlation.size());
        return new LayerAlignment(
                pair.stack(), pair.anchor(), pair.layer(), best.permutation(), correlation.trace(), best.value());
    }
}
