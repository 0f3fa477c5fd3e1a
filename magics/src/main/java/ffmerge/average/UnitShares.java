package ffmerge.average;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.merge.OrderedSublayer;
import ffmerge.model.FeedForward;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Kernels;
import java.util.List;

/**
 * By how much each sublayer's unit counts in a weighted mean: proportional to what it adds to its sublayer's output, its mean
 * squared activation (what the down-projection reads) times the squared norm of its down column.
 */
public record UnitShares(TransformerModel model, FeedForwardInputs inputs) {
    /**
     * @param sublayers with their units in order
     * @return of each sublayer, by unit in order; over the sublayers a unit's shares sum to one, and are equal where all of
     *     them add nothing
     */
    public double[][] of(List<OrderedSublayer> sublayers) {
        double[][] added = sublayers.stream()
                .map(ordered -> ordered.inOrder(added(ordered.sublayer())))
                .toArray(double[][]::new);
        for (int unit = 0; unit < added[0].length; unit++) {
            double sum = 0;
            for (double[] ofSublayer : added) {
                sum += ofSublayer[unit];
            }
            for (double[] ofSublayer : added) {
                ofSublayer[unit] = sum > 0 ? ofSublayer[unit] / sum : 1. / added.length;
            }
        }
        return added;
    }

    private double[] added(FeedForwardSublayer sublayer) {
        double[] squares = meanSquares(sublayer);
        FeedForwardTensor down = sublayer.tensor(FeedForwardTensor.DOWN);
        float[] values = model.checkpoint().read(down.name());
        double[] norms = new double[squares.length];
        int inner = down.behindUnits();
        for (int i = 0; i < values.length; i++) {
            norms[i / inner % norms.length] += (double) values[i] * values[i];
        }
        double[] added = new double[squares.length];
        for (int unit = 0; unit < added.length; unit++) {
            added[unit] = squares[unit] * norms[unit];
        }
        return added;
    }

    private double[] meanSquares(FeedForwardSublayer sublayer) {
        try (NDManager scope = model.newScope()) {
            NDArray sum = WholeMaps.zeros(scope, sublayer.width());
            FeedForward own = FeedForward.of(model, sublayer);
            inputs.replay(sublayer, scope, (x, batch) -> Kernels.execute("add_squares", sum, own.units(x, batch)));
            return sum.divi(inputs.rows(sublayer)).toDoubleArray();
        }
    }
}
