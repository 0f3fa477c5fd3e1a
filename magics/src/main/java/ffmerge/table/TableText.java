package ffmerge.table;

import java.util.ArrayList;
import java.util.List;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/**
 * A table as lines of text for a terminal: numbers to the right, words to the left, two spaces between columns.
 * Tablesaw's own print sets everything to the right and spends five characters on each gap, which breaks the lines of a
 * matrix of twelve layers.
 */
public final class TableText {
    private TableText() {}

    /** One line a row below a line of names and a rule; no line ends in a space. */
    public static String of(Table table) {
        List<StringBuilder> lines = new ArrayList<>();
        for (int line = 0; line < table.rowCount() + 2; line++) {
            lines.add(new StringBuilder());
        }
        for (Column<?> column : table.columns()) {
            append(column, lines);
        }
        return String.join(
                "\n",
                lines.stream().map(line -> line.toString().stripTrailing()).toList());
    }

    private static void append(Column<?> column, List<StringBuilder> lines) {
        List<String> cells = new ArrayList<>();
        cells.add(column.name());
        for (int row = 0; row < column.size(); row++) {
            cells.add(column.getString(row).replace("\n", " / ")); // a row is a line
        }
        int width = cells.stream().mapToInt(TableText::width).max().orElse(0);
        cells.add(1, "─".repeat(width));
        for (int line = 0; line < cells.size(); line++) {
            StringBuilder text = lines.get(line);
            String cell = cells.get(line);
            String gap = " ".repeat(width - width(cell));
            text.append(text.isEmpty() ? "" : "  ");
            text.append(column instanceof NumericColumn ? gap + cell : cell + gap);
        }
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
