package ffmerge.merge;

import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.permutation.Permutation;
import java.util.Arrays;

/**
 * A sublayer whose units stand in another order than in the file.
 *
 * @param checkpoint with its values
 * @param order which of its units goes to which of the anchor's places; null where they stay
 */
public record OrderedSublayer(Checkpoint checkpoint, FeedForwardSublayer sublayer, Permutation order) {
    /** A tensor's values with the units in order, in the layout that files have. */
    public float[] values(FeedForwardTensor tensor) {
        return FeedForwardMerger.reorder(checkpoint.read(tensor.name()), tensor, order);
    }

    /** Which unit stands in each place. */
    public long[] places() {
        long[] places = new long[sublayer.width()];
        int[] units = order == null ? null : order.order();
        Arrays.setAll(places, place -> units == null ? place : units[place]);
        return places;
    }

    /** Values of each unit in order. */
    public double[] inOrder(double[] ofUnits) {
        long[] places = places();
        double[] ordered = new double[ofUnits.length];
        Arrays.setAll(ordered, place -> ofUnits[(int) places[place]]);
        return ordered;
    }
}
