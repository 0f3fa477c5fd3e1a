package ffmerge.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

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

    /** The files of a folder, or of {@code data} in it, whose names have a split's as a word of its own; none where there are none. */
    public static List<Path> named(Path folder, String split) {
        String names = "(.*[-_.])?" + Pattern.quote(split) + "([-_.].*)?";
        for (Path place : List.of(folder, folder.resolve("data"))) {
            for (String ending : TableFile.ENDINGS) {
                List<Path> found = Files.isDirectory(place)
                        ? TextFiles.list(place, ending).stream()
                                .filter(f -> f.getFileName().toString().matches(names))
                                .toList()
                        : List.of();
                if (!found.isEmpty()) {
                    return found;
                }
            }
        }
        return List.of();
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
