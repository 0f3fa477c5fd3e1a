package ffmerge.table;

import ffmerge.Measure;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.numbers.NumberColumnFormatter;

/**
 * A table built column by column from records. Values stay as they are, so that a file gets all their digits; a format
 * only says how they are shown. NaN is a cell that has no value.
 */
public final class Columns<R> {
    private final Table table;
    private final List<R> rows;

    public Columns(String title, List<R> rows) {
        this.table = Table.create(title);
        this.rows = rows;
    }

    public Columns<R> text(String name, Function<R, String> value) {
        table.addColumns(StringColumn.create(name, rows.stream().map(value)));
        return this;
    }

    public Columns<R> count(String name, ToLongFunction<R> value) {
        LongColumn column =
                LongColumn.create(name, rows.stream().mapToLong(value).toArray());
        column.setPrintFormatter(format("#,##0", ""));
        table.addColumns(column);
        return this;
    }

    /** A metric's values. One that is not a number is said, not left out: a model can be as broken as that. */
    public Columns<R> metric(Measure metric, String name, ToDoubleFunction<R> value) {
        return metric(metric, name, "NaN", value);
    }

    /** A metric's values where not every row has one. */
    public Columns<R> metricIfAny(Measure metric, String name, ToDoubleFunction<R> value) {
        return metric(metric, name, "", value);
    }

    private Columns<R> metric(Measure metric, String name, String missing, ToDoubleFunction<R> value) {
        double[] values = rows.stream().mapToDouble(value).toArray();
        return add(new MetricColumn(name, values, metric.higherIsBetter()), metricPattern(metric), missing);
    }

    private static String metricPattern(Measure metric) {
        return metric.isShare() ? "#,##0.00 %" : "#,##0.00";
    }

    /** Shares of 1, shown in percent. */
    public Columns<R> share(String name, ToDoubleFunction<R> value) {
        return numbers(name, "0.00 %", "", value);
    }

    /** @param pattern of {@link DecimalFormat}: {@code #,##0.0} */
    public Columns<R> numbers(String name, String pattern, ToDoubleFunction<R> value) {
        return numbers(name, pattern, "", value);
    }

    private Columns<R> numbers(String name, String pattern, String missing, ToDoubleFunction<R> value) {
        return add(DoubleColumn.create(name, rows.stream().mapToDouble(value).toArray()), pattern, missing);
    }

    private Columns<R> add(DoubleColumn column, String pattern, String missing) {
        column.setPrintFormatter(format(pattern, missing));
        table.addColumns(column);
        return this;
    }

    public Table table() {
        return table;
    }

    private static NumberColumnFormatter format(String pattern, String missing) {
        return new NumberColumnFormatter(
                new DecimalFormat(pattern, DecimalFormatSymbols.getInstance(Locale.ROOT)), missing);
    }
}
