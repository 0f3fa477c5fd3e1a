package ffmerge.merge;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.EditedCheckpoint.Content;
import ffmerge.permutation.Permutation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The paper's steps 4 and 5: reorder the units of each FF sublayer of a group, average all sublayers of the group, and
 * let one set of parameters stand in every place.
 */
public final class FeedForwardMerger {
    private FeedForwardMerger() {}

    /**
     * Merges by the plain mean.
     *
     * @param orders of each sublayer that is not an anchor: which of its units goes to which of the anchor's places;
     *     where there is none the units stay
     */
    public static EditedCheckpoint merge(
            Checkpoint checkpoint,
            Architecture architecture,
            MergePlan plan,
            Map<FeedForwardSublayer, Permutation> orders) {
        plan.requireFits(architecture);
        return merge(checkpoint, architecture, plan, group -> mean(ordered(checkpoint, architecture, group, orders)));
    }

    /**
     * Lets one set of values stand in every place of a group.
     *
     * @param average what a group's sublayers become: the content of each tensor, by role
     */
    public static EditedCheckpoint merge(
            Checkpoint checkpoint,
            Architecture architecture,
            MergePlan plan,
            Function<MergePlan.Group, Map<String, Content>> average) {
        WeightEdit edit = new WeightEdit(architecture);
        for (MergePlan.Group group : plan.groups()) {
            Map<String, Content> merged = average.apply(group);
            for (int layer : group.layers()) {
                for (FeedForwardTensor tensor :
                        architecture.feedForward(group.stack(), layer).tensors()) {
                    edit.put(tensor.name(), merged.get(tensor.role()));
                }
            }
        }
        return edit.of(checkpoint);
    }

    /** A group's sublayers with their units in the anchor's order. */
    public static List<OrderedSublayer> ordered(
            Checkpoint checkpoint,
            Architecture architecture,
            MergePlan.Group group,
            Map<FeedForwardSublayer, Permutation> orders) {
        return group.layers().stream()
                .map(layer -> architecture.feedForward(group.stack(), layer))
                .map(sublayer -> new OrderedSublayer(checkpoint, sublayer, orders.get(sublayer)))
                .toList();
    }

    /** New values as contents. */
    public static Map<String, Content> contents(Map<String, float[]> values) {
        Map<String, Content> contents = new LinkedHashMap<>();
        values.forEach((role, each) -> contents.put(role, new Content.Values(each)));
        return contents;
    }

    /** The values of contents that are new. */
    public static Map<String, float[]> values(Map<String, Content> contents) {
        Map<String, float[]> values = new LinkedHashMap<>();
        contents.forEach((role, content) -> values.put(role, ((Content.Values) content).values()));
        return values;
    }

    /** The anchor's own tensors. */
    public static Map<String, Content> anchor(Architecture architecture, MergePlan.Group group) {
        Map<String, Content> contents = new LinkedHashMap<>();
        for (FeedForwardTensor tensor :
                architecture.feedForward(group.stack(), group.anchor()).tensors()) {
            contents.put(tensor.role(), new Content.Original(tensor.name()));
        }
        return contents;
    }

    /** The mean over sublayers of each tensor. */
    public static Map<String, Content> mean(List<OrderedSublayer> sublayers) {
        return weightedMean(sublayers, null);
    }

    /**
     * The mean over sublayers of each tensor, in which each unit counts by its share. What belongs to no unit, the bias of
     * the output, is averaged as it is.
     *
     * @param shares of each sublayer, by unit in order; over the sublayers they sum to one; null where all count alike
     */
    public static Map<String, Content> weightedMean(List<OrderedSublayer> sublayers, double[][] shares) {
        Map<String, Content> means = new LinkedHashMap<>();
        for (FeedForwardTensor like : sublayers.get(0).sublayer().tensors()) {
            boolean ofUnits = shares != null && like.behindUnits() > 0;
            means.put(like.role(), new Content.Values(weightedMean(sublayers, ofUnits ? shares : null, like.role())));
        }
        return means;
    }

    private static float[] weightedMean(List<OrderedSublayer> sublayers, double[][] shares, String role) {
        double[] sum = null;
        for (int i = 0; i < sublayers.size(); i++) {
            FeedForwardTensor tensor = sublayers.get(i).sublayer().tensor(role);
            float[] values = sublayers.get(i).values(tensor);
            if (sum == null) {
                sum = new double[values.length];
            }
            int inner = Math.max(1, tensor.behindUnits());
            for (int k = 0; k < values.length; k++) {
                double share = shares == null ? 1 : shares[i][k / inner % shares[i].length];
                sum[k] += share * values[k];
            }
        }
        int total = shares == null ? sublayers.size() : 1;
        float[] mean = new float[sum.length];
        for (int k = 0; k < mean.length; k++) {
            mean[k] = (float) (sum[k] / total);
        }
        return mean;
    }

    /** Gathers a tensor along each axis that runs over the sublayer's units. */
    static float[] reorder(float[] values, FeedForwardTensor tensor, Permutation order) {
        if (order == null) {
            return values;
        }
        float[] reordered = values;
        int inner = 1;
        for (int axis = tensor.axes().size() - 1; axis >= 0; axis--) {
            if (tensor.axes().get(axis).equals(FeedForwardTensor.HIDDEN)) {
                reordered = order.gather(reordered, inner);
            }
            inner *= Math.toIntExact(tensor.shape().get(axis));
        }
        return reordered;
    }
}
