package ffmerge.correlation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.activation.ActivationRecorder;
import ffmerge.activation.Sublayer;
import ffmerge.model.Kernels;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Running sums from which correlations follow: of each sublayer's units and their squares, and of the products of the
 * units of each pair. Everything is summed in float64, after a shift by the first batch's means, so that large means
 * cost no digits. No batch is kept.
 */
public final class CrossMoments implements ActivationRecorder.Consumer, AutoCloseable {
    /** Two sublayers to be correlated; the anchor's units become the rows. */
    public record Pair(Sublayer anchor, Sublayer other) {}

    /** σσᵀ below this counts as this (a unit that never varies correlates with nothing). */
    private static final double LEAST_DENOMINATOR = 1e-7;

    private final NDManager manager;
    private final Map<Pair, NDArray> products = new LinkedHashMap<>(); // [anchor's units, other's units]
    private final Map<Sublayer, Sums> sums = new LinkedHashMap<>();
    private final Collection<Pair> pairs;

    /** A sublayer's own sums, {@code [units]} each, and over how many rows: stacks may differ in that. */
    private static final class Sums {
        final NDArray shift; // the first batch's means
        final NDArray values;
        final NDArray squares;
        long rows;

        Sums(NDArray shift, NDManager manager) {
            this.shift = shift;
            this.values = manager.zeros(shift.getShape(), DataType.FLOAT64);
            this.squares = manager.zeros(shift.getShape(), DataType.FLOAT64);
        }
    }

    /** @param parent of a manager that holds the sums until {@link #close} */
    public CrossMoments(Collection<Pair> pairs, NDManager parent) {
        this.pairs = pairs;
        this.manager = parent.newSubManager();
    }

    @Override
    public void accept(Map<Sublayer, NDArray> values, NDManager scope) {
        Map<Sublayer, NDArray> shifted = new LinkedHashMap<>();
        values.forEach((sublayer, array) -> shifted.put(sublayer, add(sublayer, array)));
        for (Pair pair : pairs) {
            NDArray x = shifted.get(pair.anchor());
            NDArray y = shifted.get(pair.other());
            if (x == null || y == null) {
                continue; // their stack has given all the rows that were asked for
            }
            NDArray product = products.computeIfAbsent(
                    pair,
                    p -> manager.zeros(
                            new Shape(x.getShape().get(1), y.getShape().get(1)), DataType.FLOAT64));
            Kernels.execute("add_product", product, x, y);
        }
    }

    /** Adds to a sublayer's own sums; returns the values, shifted, in float64. */
    private NDArray add(Sublayer sublayer, NDArray array) {
        NDArray x = array.toType(DataType.FLOAT64, true); // [rows, units]
        Sums s = sums.computeIfAbsent(sublayer, key -> {
            NDArray shift = x.mean(new int[] {0});
            shift.attach(manager);
            return new Sums(shift, manager);
        });
        x.subi(s.shift);
        s.values.addi(x.sum(new int[] {0}));
        s.squares.addi(x.square().sum(new int[] {0}));
        s.rows += x.getShape().get(0);
        return x;
    }

    /** Pearson's correlation of each of the anchor's units with each of the other's, over all rows so far. */
    public CorrelationMatrix correlation(Pair pair) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray product = products.get(pair);
            NDArray meanX = mean(pair.anchor(), scope).reshape(-1, 1);
            NDArray meanY = mean(pair.other(), scope).reshape(1, -1);
            NDArray covariance = product.div(sums.get(pair.anchor()).rows);
            covariance.attach(scope);
            covariance.subi(meanX.mul(meanY));
            NDArray deviations = deviation(pair.anchor(), scope)
                    .reshape(-1, 1)
                    .mul(deviation(pair.other(), scope).reshape(1, -1));
            NDArray correlation = covariance.divi(deviations.maximum(LEAST_DENOMINATOR));
            int size = Math.toIntExact(product.getShape().get(0));
            return new CorrelationMatrix(
                    size, correlation.toType(DataType.FLOAT32, false).toFloatArray());
        }
    }

    private NDArray mean(Sublayer sublayer, NDManager scope) {
        Sums s = sums.get(sublayer);
        NDArray mean = s.values.div(s.rows);
        mean.attach(scope);
        return mean;
    }

    /** Population standard deviations. */
    private NDArray deviation(Sublayer sublayer, NDManager scope) {
        Sums s = sums.get(sublayer);
        NDArray variance = s.squares.div(s.rows);
        variance.attach(scope);
        variance.subi(mean(sublayer, scope).square());
        return variance.maximum(0).sqrt();
    }

    @Override
    public void close() {
        manager.close();
    }
}
