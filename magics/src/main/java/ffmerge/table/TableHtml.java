package ffmerge.table;

import java.io.StringWriter;
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

    public static String of(Table table) {
        StringWriter html = new StringWriter();
        new HtmlWriter()
                .write(
                        table,
                        HtmlWriteOptions.builder(html)
                                .elementCreator((name, column, row) -> element(name, column))
                                .build());
        return html.toString();
    }

    private static Element element(String name, Column<?> column) {
        Element element = new Element(name);
        if (column == null) {
            return element;
        }
        return element.attr(
                "style", column instanceof NumericColumn ? "text-align:right" : "text-align:left;white-space:pre-line");
    }
}
