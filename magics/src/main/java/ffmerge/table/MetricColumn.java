package ffmerge.table;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import java.util.Arrays;
import tech.tablesaw.api.DoubleColumn;

/** Values of a metric, of which the best is known. */
final class MetricColumn extends DoubleColumn {
    private final boolean higherIsBetter;

    MetricColumn(String name, double[] values, boolean higherIsBetter) {
        super(name, new DoubleArrayList(values));
        this.higherIsBetter = higherIsBetter;
    }

    /** Whether no other value is better, and one at least is worse. */
    boolean isBest(int row) {
        double[] finite =
                Arrays.stream(asDoubleArray()).filter(Double::isFinite).toArray();
        double most = Arrays.stream(finite).max().orElse(Double.NaN);
        double least = Arrays.stream(finite).min().orElse(Double.NaN);
        return most > least && getDouble(row) == (higherIsBetter ? most : least);
    }
}
