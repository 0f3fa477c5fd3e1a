package ffmerge.view;

import ffmerge.Measure;
import ffmerge.result.Difference;
import ffmerge.result.Labels;
import ffmerge.table.Columns;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** How sure the differences of a table's rows are, in columns; of rows without one the cells are empty. */
final class DifferenceColumns {
    private DifferenceColumns() {}

    /**
     * Behind a column with the differences themselves; p is corrected for as many as there are.
     *
     * @param examples that a row was measured on
     */
    static <R> void add(
            Columns<R> columns, Function<R, Measure> metric, Function<R, Difference> of, ToLongFunction<R> examples) {
        text(columns, "its 95 % interval", of, (row, own) -> Labels.interval(metric.apply(row), own.interval()));
        text(columns, "p (Holm)", of, (row, own) -> Labels.chance(own.pOfAll(), examples.applyAsLong(row)));
    }

    /** A column of what is said of each row's difference. */
    static <R> void text(
            Columns<R> columns, String name, Function<R, Difference> of, BiFunction<R, Difference, String> words) {
        columns.text(name, row -> of.apply(row) == null ? "" : words.apply(row, of.apply(row)));
    }
}
