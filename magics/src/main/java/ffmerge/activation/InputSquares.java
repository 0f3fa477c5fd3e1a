package ffmerge.activation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ffmerge.Progress;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.Stack;
import ffmerge.data.Batch;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How large what enters the linear maps of FF sublayers is: squares summed over rows of activations, in float64. */
public final class InputSquares implements ActivationRecorder.Consumer {
    private final Map<Sublayer, double[]> sums = new HashMap<>();

    /**
     * Of all FF sublayers of a model, from one pass.
     *
     * @param rows of each stack
     * @throws ffmerge.UserError if the batches hold no rows for a stack
     */
    public static InputSquares of(
            TransformerModel model, List<? extends Batch> batches, Extent rows, Progress progress) {
        Set<Sublayer> read = new HashSet<>();
        for (Stack stack : model.architecture().stacks()) {
            for (FeedForwardSublayer sublayer : stack.feedForwards()) {
                read.add(ofInputs(sublayer));
                read.add(ofUnits(sublayer));
            }
        }
        InputSquares squares = new InputSquares();
        ActivationRecorder.record(model, batches, read, rows, squares, progress);
        return squares;
    }

    private static Sublayer ofInputs(FeedForwardSublayer sublayer) {
        return new Sublayer(Site.FEED_FORWARD_INPUT, sublayer.stack(), sublayer.layer());
    }

    private static Sublayer ofUnits(FeedForwardSublayer sublayer) {
        Site site = sublayer.isGated() ? Site.FEED_FORWARD_PRODUCT : Site.FEED_FORWARD_ACTIVATED;
        return new Sublayer(site, sublayer.stack(), sublayer.layer());
    }

    @Override
    public void accept(Map<Sublayer, NDArray> values, NDManager scope) {
        values.forEach((sublayer, x) -> {
            try (NDArray wide = x.toType(DataType.FLOAT64, true);
                    NDArray squares = wide.square();
                    NDArray summed = squares.sum(new int[] {0})) {
                double[] more = summed.toDoubleArray();
                double[] sum = sums.computeIfAbsent(sublayer, s -> new double[more.length]);
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += more[i];
                }
            }
        });
    }

    /** Of what makes a sublayer's units: {@code [model]}. */
    public double[] inputs(FeedForwardSublayer sublayer) {
        return sums.get(ofInputs(sublayer));
    }

    /** Of the units that its down-projection reads, behind their activation: {@code [units]}. */
    public double[] units(FeedForwardSublayer sublayer) {
        return sums.get(ofUnits(sublayer));
    }
}
