package ffmerge.merge;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.EditedCheckpoint.Content;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.permutation.Permutation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The paper's steps 4 and 5: reorder the units of each FF sublayer of a group, average all sublayers of the group, and
 * let one set of parameters stand in every place.
 */
public final class FeedForwardMerger {
    private FeedForwardMerger() {}

    /**
     * @param orders of each sublayer that is not an anchor: which of its units goes to which of the anchor's places;
     *     where there is none the units stay
     */
    public static EditedCheckpoint merge(
            Checkpoint checkpoint,
            Architecture architecture,
            MergePlan plan,
            Map<FeedForwardSublayer, Permutation> orders) {
        plan.requireFits(architecture);
        Map<String, Content> contents = new LinkedHashMap<>();
        Map<String, TensorSpec> specs = new LinkedHashMap<>();
        for (ModelTensor tensor : architecture.tensors()) {
            contents.put(tensor.name(), new Content.Original(tensor.name()));
            specs.put(tensor.name(), tensor.spec(DType.F32));
        }
        for (MergePlan.Group group : plan.groups()) {
            List<FeedForwardSublayer> sublayers = group.layers().stream()
                    .map(layer -> architecture.feedForward(group.stack(), layer))
                    .toList();
            for (int i = 0; i < sublayers.get(0).tensors().size(); i++) {
                Content mean = new Content.Values(mean(checkpoint, sublayers, i, orders));
                for (FeedForwardSublayer sublayer : sublayers) {
                    contents.put(sublayer.tensors().get(i).name(), mean);
                }
            }
        }
        return new EditedCheckpoint(checkpoint, contents, specs);
    }

    /** The mean over sublayers of their i-th tensor, each with its units reordered. */
    private static float[] mean(
            Checkpoint checkpoint,
            List<FeedForwardSublayer> sublayers,
            int i,
            Map<FeedForwardSublayer, Permutation> orders) {
        double[] sum = null;
        for (FeedForwardSublayer sublayer : sublayers) {
            FeedForwardTensor tensor = sublayer.tensors().get(i);
            float[] values = reorder(checkpoint.read(tensor.name()), tensor, orders.get(sublayer));
            if (sum == null) {
                sum = new double[values.length];
            }
            for (int k = 0; k < values.length; k++) {
                sum[k] += values[k];
            }
        }
        float[] mean = new float[sum.length];
        for (int k = 0; k < mean.length; k++) {
            mean[k] = (float) (sum[k] / sublayers.size());
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
