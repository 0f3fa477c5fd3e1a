package ffmerge.data;

import ffmerge.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A Parquet file whose rows are pieces of a text, as the hub has WikiText. The file is read in parts of some megabytes of
 * whole rows, so that a long text is never held whole.
 */
final class ParquetText {
    /** What stands between two rows: WikiText's perplexity is defined on rows joined by a blank line. */
    static final String BETWEEN = "\n\n";

    static final Columns.Part PART = new Columns.Part("text");

    private final ParquetFile file;
    private final String column;
    /** The first row of each part, and behind them how many rows there are. */
    private final List<Long> starts = new ArrayList<>();

    /**
     * @param columns that are asked for
     * @param partBytes UTF-8 bytes of a part, at least; only the last may have fewer
     * @throws UserError if the file can't be read or has no column of text
     */
    ParquetText(Path path, Columns columns, long partBytes) {
        this.file = new ParquetFile(path);
        this.column = ParquetFile.quote(column(path, file.columns(), columns));
        long[] rowsAndBytes = new long[2];
        starts.add(0L);
        file.forEach("SELECT coalesce(strlen(" + column + "), 0) FROM read_parquet(?)", row -> {
            rowsAndBytes[0]++;
            rowsAndBytes[1] += row.number(0);
            if (rowsAndBytes[1] >= partBytes) {
                starts.add(rowsAndBytes[0]);
                rowsAndBytes[1] = 0;
            }
        });
        if (starts.get(starts.size() - 1) < rowsAndBytes[0]) {
            starts.add(rowsAndBytes[0]);
        }
    }

    private static String column(Path path, Map<String, String> types, Columns columns) {
        List<String> texts = types.keySet().stream()
                .filter(c -> types.get(c).equals("VARCHAR"))
                .toList();
        boolean onlyOne = !columns.areAsked() && texts.size() == 1;
        String chosen = onlyOne
                ? texts.get(0)
                : columns.choose(path, types.keySet(), List.of(PART)).get(0);
        if (!texts.contains(chosen)) {
            throw new UserError(path + ": the column '" + chosen + "' should hold text, holds " + types.get(chosen));
        }
        return chosen;
    }

    int parts() {
        return starts.size() - 1;
    }

    /** The rows of a part, joined by a blank line. */
    String part(int part) {
        StringBuilder text = new StringBuilder();
        String sql = "SELECT coalesce(" + column + ", '') FROM read_parquet(?, file_row_number = true)"
                + " WHERE file_row_number >= " + starts.get(part) + " AND file_row_number < " + starts.get(part + 1)
                + " ORDER BY file_row_number";
        boolean[] follows = new boolean[1];
        file.forEach(sql, row -> {
            text.append(follows[0] ? BETWEEN : "").append(row.text(0));
            follows[0] = true;
        });
        return text.toString();
    }
}
