package ffmerge.correlation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.activation.ActivationRecorder;
import ffmerge.activation.RowBlocks;
import ffmerge.activation.Sublayer;
import ffmerge.torch.Kernels;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Running sums from which correlations follow: of each sublayer's units and their squares, and of the products of the
 * units of each pair. Products are those of float32, less a block's means, and are summed in float64, so that neither large means
 * nor means that drift cost digits: errors of correlations stay below 1e-6. No batch is kept.
 */
public final class CrossMoments implements ActivationRecorder.Consumer, AutoCloseable {
    /** Two sublayers to be correlated; the anchor's units become the rows. */
    public record Pair(Sublayer anchor, Sublayer other) {}

    /** σσᵀ below this counts as this (a unit that never varies correlates with nothing). */
    private static final double LEAST_DENOMINATOR = 1e-7;

    private static final int ELEMENTS_AT_A_TIME = 1 << 21;

    private final Counting normalization;
    private final NDManager manager;
    private final Map<Pair, NDArray> products = new LinkedHashMap<>(); // [anchor's units, other's units]
    private final Map<Sublayer, Sums> sums = new LinkedHashMap<>();
    private final Collection<Pair> pairs;

    /** A sublayer's own sums, {@code [units]} each, and over how many rows: stacks may differ in that. */
    private static final class Sums {
        final NDArray shift; // the first block's means, in float32
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
        this(pairs, Counting.POPULATION, parent);
    }

    /** Sums that are normalized in another way. */
    public CrossMoments(Collection<Pair> pairs, Counting normalization, NDManager parent) {
        this.pairs = pairs;
        this.normalization = normalization;
        this.manager = parent.newSubManager();
    }

    @Override
    public void accept(Map<Sublayer, NDArray> values, NDManager scope) {
        RowBlocks.forEach(values, scope, this::add);
    }

    private void add(Map<Sublayer, NDArray> values, NDManager scope) {
        Map<Sublayer, List<NDArray>> centred = new LinkedHashMap<>();
        values.forEach((sublayer, array) -> centred.put(sublayer, add(sublayer, array, scope)));
        Map<Sublayer, List<NDArray>> turned = new HashMap<>(); // anchors, which many pairs share
        for (Pair pair : pairs) {
            List<NDArray> x = centred.get(pair.anchor());
            List<NDArray> y = centred.get(pair.other());
            if (x == null || y == null) {
                continue; // their stack has given all the rows that were asked for
            }
            NDArray product = products.computeIfAbsent(
                    pair,
                    p -> manager.zeros(
                            new Shape(x.get(1).size(), y.get(1).size()), DataType.FLOAT64)); // those of the means
            List<NDArray> columns =
                    turned.computeIfAbsent(pair.anchor(), anchor -> Kernels.runAll(scope, false, "turned", x.get(0)));
            Kernels.execute("add_centred_product", product, x, columns, y);
        }
    }

    /** Adds a block {@code [rows, units]} to a sublayer's own sums; returns what products are made of. */
    private List<NDArray> add(Sublayer sublayer, NDArray array, NDManager scope) {
        Sums s = sums.computeIfAbsent(sublayer, key -> new Sums(Kernels.run(manager, false, "shift", array), manager));
        s.rows += array.getShape().get(0);
        List<NDArray> centred = Kernels.runAll(scope, false, "add_centred", s.values, array, s.shift);
        Kernels.execute("add_centred_squares", s.squares, centred);
        return centred;
    }

    /**
     * The correlation of each of the anchor's units with each of the other's, over all rows so far; Pearson's unless the
     * normalization is another. Computed some rows at a time, so that nothing of the size of the sums is held beside them.
     */
    public CorrelationMatrix correlation(Pair pair) {
        NDArray product = products.get(pair); // [anchor's units, other's units]
        int size = Math.toIntExact(product.getShape().get(0));
        int width = Math.toIntExact(product.getShape().get(1));
        float[] values = new float[Math.multiplyExact(size, width)];
        try (NDManager scope = manager.newSubManager()) {
            Side x = side(pair.anchor(), normalization.anchorSquares(), scope);
            Side y = side(pair.other(), 1, scope);
            int step = Math.max(1, ELEMENTS_AT_A_TIME / width);
            for (int from = 0; from < size; from += step) {
                int to = Math.min(size, from + step);
                try (NDManager block = scope.newSubManager()) {
                    float[] rows = rows(product, pair, x, y, from, to, block);
                    System.arraycopy(rows, 0, values, from * width, rows.length);
                }
            }
        }
        return new CorrelationMatrix(size, values);
    }

    private float[] rows(NDArray product, Pair pair, Side x, Side y, int from, int to, NDManager block) {
        String rows = from + ":" + to;
        NDArray part = product.get(rows);
        part.attach(block);
        NDArray covariance = part.div(sums.get(pair.anchor()).rows);
        covariance.attach(block);
        covariance.subi(column(x.shiftedMean, rows, block).mul(y.shiftedMean.reshape(1, -1)));
        if (!x.moments.arePopulation()) {
            NDArray means = column(x.mean, rows, block).mul(y.mean.reshape(1, -1));
            covariance.muli(x.moments.ratio()).addi(means.muli(x.moments.meansFactor()));
        }
        NDArray deviations = column(x.deviation, rows, block).mul(y.deviation.reshape(1, -1));
        NDArray correlation = covariance.divi(deviations.maximum(LEAST_DENOMINATOR));
        return correlation.toType(DataType.FLOAT32, false).toFloatArray();
    }

    private static NDArray column(NDArray vector, String rows, NDManager block) {
        NDArray part = vector.get(rows);
        part.attach(block);
        return part.reshape(-1, 1);
    }

    /**
     * A sublayer's means and deviations, {@code [units]} each.
     *
     * @param shiftedMean less the shift, as in the sums of products
     */
    private record Side(Counting.Moments moments, NDArray shiftedMean, NDArray mean, NDArray deviation) {}

    private Side side(Sublayer sublayer, int squares, NDManager scope) {
        Sums s = sums.get(sublayer);
        NDArray shiftedMean = s.values.div(s.rows);
        shiftedMean.attach(scope);
        NDArray variance = s.squares.div(s.rows);
        variance.attach(scope);
        variance.subi(shiftedMean.square());
        NDArray shift = s.shift.toType(DataType.FLOAT64, true);
        shift.attach(scope);
        NDArray mean = shiftedMean.add(shift);
        Counting.Moments moments = new Counting.Moments((double) s.rows / count(sublayer), squares);
        if (!moments.arePopulation()) {
            variance.muli(moments.varianceFactor()).addi(mean.square().muli(moments.squaredMeanFactor()));
        }
        // a wrong count can make a variance negative: then, as in the published code, nothing is left but the clip
        return new Side(moments, shiftedMean, mean, variance.maximum(0).sqrt());
    }

    /** By how many rows a sublayer's sums are divided. */
    private long count(Sublayer sublayer) {
        return sums.entrySet().stream()
                .filter(e -> e.getKey().stack().equals(normalization.countingStack()))
                .mapToLong(e -> e.getValue().rows)
                .findFirst()
                .orElse(sums.get(sublayer).rows);
    }

    @Override
    public void close() {
        manager.close();
    }
}
