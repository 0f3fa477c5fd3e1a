package ffmerge.merge;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.AttentionHeads;
import ffmerge.architecture.AttentionSublayer;
import ffmerge.architecture.AttentionTensor;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.EditedCheckpoint.Content;
import ffmerge.permutation.Permutation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Lets the linear maps of one attention sublayer stand in several places: its heads in the anchor's order, then averaged and
 * tied. A group of query heads moves whole with the keys and values that it shares, and nothing moves within a head, where
 * rotary positions give each dimension a frequency of its own. Norms of queries and keys that run over all heads stay their
 * places' own, in the new order.
 */
public final class AttentionMerger {
    private AttentionMerger() {}

    /**
     * @param orders of each sublayer that is not an anchor: which of its groups of heads goes to which of the anchor's places;
     *     where there is none the heads stay
     * @param average the mean, the anchor's copy or random values
     * @param random of random values
     */
    public static EditedCheckpoint merge(
            Checkpoint checkpoint,
            Architecture architecture,
            MergePlan plan,
            Map<AttentionSublayer, Permutation> orders,
            Average average,
            RandomGenerator random) {
        WeightEdit edit = new WeightEdit(architecture);
        for (MergePlan.Group group : plan.groups()) {
            List<AttentionSublayer> sublayers = sublayers(architecture, group);
            Map<String, Content> merged = new LinkedHashMap<>(); // by role
            for (AttentionTensor map :
                    sublayers.get(group.layers().indexOf(group.anchor())).maps()) {
                merged.put(
                        map.tensor().role(),
                        switch (average) {
                            case MEAN -> new Content.Values(mean(checkpoint, sublayers, orders, map));
                            case ANCHOR -> new Content.Original(map.tensor().name());
                            case FRESH -> new Content.Values(FreshSublayer.values(architecture, map.tensor(), random));
                            case REGRESSION, WEIGHTED ->
                                throw new IllegalArgumentException(average.label() + " is of FF units");
                        });
            }
            for (AttentionSublayer sublayer : sublayers) {
                sublayer.maps()
                        .forEach(map -> edit.put(
                                map.tensor().name(), merged.get(map.tensor().role())));
                Permutation order = orders.get(sublayer);
                if (order != null) {
                    sublayer.norms()
                            .forEach(norm -> edit.put(
                                    norm.tensor().name(),
                                    new Content.Values(ordered(checkpoint, sublayer, norm, order))));
                }
            }
        }
        return edit.of(checkpoint);
    }

    /** The sublayers of a group, in its order. */
    public static List<AttentionSublayer> sublayers(Architecture architecture, MergePlan.Group group) {
        return group.layers().stream()
                .map(layer -> architecture.attentionSublayer(group.stack(), layer))
                .toList();
    }

    private static float[] mean(
            Checkpoint checkpoint,
            List<AttentionSublayer> sublayers,
            Map<AttentionSublayer, Permutation> orders,
            AttentionTensor of) {
        double[] sum = new double[Math.toIntExact(of.tensor().elements())];
        for (AttentionSublayer sublayer : sublayers) {
            AttentionTensor own = sublayer.maps().stream()
                    .filter(map -> map.tensor().role().equals(of.tensor().role()))
                    .findFirst()
                    .orElseThrow();
            float[] values = ordered(checkpoint, sublayer, own, orders.get(sublayer));
            for (int i = 0; i < sum.length; i++) {
                sum[i] += values[i];
            }
        }
        float[] mean = new float[sum.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (float) (sum[i] / sublayers.size());
        }
        return mean;
    }

    /** A tensor's values with the heads in order. */
    private static float[] ordered(
            Checkpoint checkpoint, AttentionSublayer sublayer, AttentionTensor of, Permutation order) {
        float[] values = checkpoint.read(of.tensor().name());
        return order == null || !of.hasHeads() ? values : reorder(values, of, sublayer.heads(), order);
    }

    /** Gathers a tensor along the axis of its heads. */
    static float[] reorder(float[] values, AttentionTensor of, AttentionHeads heads, Permutation order) {
        ModelTensor tensor = of.tensor();
        int size = Math.toIntExact(tensor.shape().get(of.axis()));
        int inner = Math.toIntExact(tensor.shape().stream().skip(of.axis() + 1L).reduce(1L, Math::multiplyExact));
        return new Permutation(heads.elements(tensor.role(), size, order.order())).gather(values, inner);
    }
}
