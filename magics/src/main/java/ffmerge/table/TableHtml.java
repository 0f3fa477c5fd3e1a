package ffmerge.table;

import java.io.StringWriter;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jsoup.nodes.Element;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;
import tech.tablesaw.io.html.HtmlWriteOptions;
import tech.tablesaw.io.html.HtmlWriter;

/**
 * A table as HTML. The alignment stands in each cell: notebooks drop style sheets from pages that they don't trust, and
 * their own rules disagree (JupyterLab sets all cells to the right, others to the left).
 */
public final class TableHtml {
    private TableHtml() {}

    /** What numbers in a column of words look like: {@code 2,278,016}, {@code 22.43 %}, {@code +3.51}. */
    private static final Pattern NUMBER = Pattern.compile("[+-]?[\\d,]*\\.?\\d+( %)?");

    public static String of(Table table) {
        Set<Column<?>> numeric = Collections.newSetFromMap(new IdentityHashMap<>());
        table.columns().stream().filter(TableHtml::isNumeric).forEach(numeric::add);
        StringWriter html = new StringWriter();
        new HtmlWriter()
                .write(
                        table,
                        HtmlWriteOptions.builder(html)
                                .elementCreator(
                                        (name, column, row) -> element(name, column, row, numeric.contains(column)))
                                .build());
        return html.toString();
    }

    private static boolean isNumeric(Column<?> column) {
        if (column instanceof NumericColumn) {
            return true;
        }
        List<String> cells = IntStream.range(0, column.size())
                .mapToObj(column::getString)
                .filter(cell -> !cell.isEmpty())
                .toList();
        return !cells.isEmpty()
                && cells.stream().allMatch(cell -> NUMBER.matcher(cell).matches());
    }

    private static Element element(String name, Column<?> column, Integer row, boolean isNumeric) {
        Element element = new Element(name);
        if (column == null) {
            return element;
        }
        String style = isNumeric ? "text-align:right" : "text-align:left;white-space:pre-line";
        boolean isBest = name.equals("td") && column instanceof MetricColumn metric && metric.isBest(row);
        return isBest
                ? element.attr("style", style + ";font-weight:bold").attr("title", "best")
                : element.attr("style", style);
    }
}
