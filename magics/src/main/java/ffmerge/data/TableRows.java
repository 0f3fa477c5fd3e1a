package ffmerge.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** All rows of a table as JSON objects, columns by their names. */
public final class TableRows {
    /** What names of such files end in, the best first where there are several. */
    public static final List<String> NAME_ENDINGS =
            TableFile.ENDINGS.stream().map(ending -> "." + ending).toList();

    private TableRows() {}

    /** The file of a split, found as {@link TextFiles#find} finds text. */
    public static Path find(Path where, Split split) {
        return TextFiles.find(where, split, TableFile.ENDINGS);
    }

    /** @throws UserError if the file is no table, can't be read, or has no row */
    public static List<ObjectNode> read(Path file) {
        if (!TableFile.isTable(file)) {
            throw new UserError(
                    file + " is no table: these are files that end in " + String.join(", ", TableFile.ENDINGS));
        }
        TableFile table = TableFile.open(file);
        List<ObjectNode> rows = new ArrayList<>();
        for (List<JsonNode> cells : table.rows(table.columns())) {
            ObjectNode row = JsonNodeFactory.instance.objectNode();
            for (int i = 0; i < cells.size(); i++) {
                if (!cells.get(i).isMissingNode()) {
                    row.set(table.columns().get(i), cells.get(i));
                }
            }
            rows.add(row);
        }
        if (rows.isEmpty()) {
            throw new UserError(file + " holds no row");
        }
        return rows;
    }
}
