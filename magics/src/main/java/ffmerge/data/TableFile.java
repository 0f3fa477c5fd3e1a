package ffmerge.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.TextNode;
import ffmerge.UserError;
import ffmerge.json.PythonJson;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A file of rows with named columns: {@code .parquet}, {@code .csv} and {@code .tsv} with a header, {@code .jsonl} and
 * {@code .ndjson}, and {@code .json} that is a list of objects.
 *
 * @param columns in the file's order
 */
record TableFile(Path path, List<String> columns) {
    /** The best first where there are several: a lone .json often says other things. */
    static final List<String> ENDINGS = List.of("parquet", "csv", "tsv", "jsonl", "ndjson", "json");

    /** Of cells that hold no text, the JSON is read. */
    private static final String TEXT_TYPE = "VARCHAR";

    /**
     * How DuckDB reads a file, by its ending. Quoted fields of a table may hold line breaks. All that it would guess is said:
     * else it passes over lines that look like a title or a comment.
     */
    private static final Map<String, String> READERS =
            Map.of("csv", separated(","), "tsv", separated("\t"), "parquet", "read_parquet(?)");

    private static String separated(String by) {
        return "read_csv(?, header = true, all_varchar = true, delim = '" + by + "', quote = '\"', escape = '\"',"
                + " skip = 0, comment = '', null_padding = false, ignore_errors = false)";
    }

    static boolean isTable(Path file) {
        return ENDINGS.contains(ending(file));
    }

    /** @throws UserError if the file can't be read */
    static TableFile open(Path path) {
        if (READERS.containsKey(ending(path))) {
            return new TableFile(path, List.copyOf(types(path).keySet()));
        }
        Set<String> columns = new LinkedHashSet<>();
        objects(path).forEach(row -> row.fieldNames().forEachRemaining(columns::add));
        return new TableFile(path, List.copyOf(columns));
    }

    /**
     * The cells of some columns, row by row; a cell may be missing or null.
     *
     * @throws UserError if the file can't be read
     */
    List<List<JsonNode>> rows(List<String> wanted) {
        if (READERS.containsKey(ending(path))) {
            return queried(wanted);
        }
        return objects(path).stream()
                .map(row -> wanted.stream().map(row::path).toList())
                .toList();
    }

    /** Whether a cell of a column is a JSON object. */
    boolean holdsObjects(String column) {
        return rows(List.of(column)).stream().anyMatch(cells -> cells.get(0).isObject());
    }

    private List<List<JsonNode>> queried(List<String> wanted) {
        Map<String, String> types = types(path);
        String cells = String.join(
                ", ",
                wanted.stream()
                        .map(c -> types.get(c).equals(TEXT_TYPE)
                                ? ParquetFile.quote(c)
                                : "to_json(" + ParquetFile.quote(c) + ")::VARCHAR")
                        .toList());
        List<List<JsonNode>> rows = new ArrayList<>();
        new ParquetFile(path).forEach("SELECT " + cells + " FROM " + READERS.get(ending(path)), row -> {
            List<JsonNode> cellsOfRow = new ArrayList<>();
            for (int i = 0; i < wanted.size(); i++) {
                cellsOfRow.add(cell(row.text(i), types.get(wanted.get(i))));
            }
            rows.add(cellsOfRow);
        });
        return rows;
    }

    private JsonNode cell(String value, String type) {
        if (value == null) {
            return MissingNode.getInstance();
        }
        return type.equals(TEXT_TYPE) ? TextNode.valueOf(value) : PythonJson.parse(value, path.toString());
    }

    private static Map<String, String> types(Path path) {
        return new ParquetFile(path).columns(READERS.get(ending(path)));
    }

    /** A line each, or all in one list. */
    private static List<JsonNode> objects(Path path) {
        String text = TextFiles.withoutMark(TextFiles.read(path)).strip();
        List<JsonNode> rows = new ArrayList<>();
        if (text.startsWith("[")) {
            PythonJson.parse(text, path.toString()).forEach(rows::add);
        } else {
            String[] lines = text.split("\r?\n");
            for (int i = 0; i < lines.length; i++) {
                if (!lines[i].isBlank()) {
                    rows.add(PythonJson.parse(lines[i], path + " line " + (i + 1)));
                }
            }
        }
        for (int i = 0; i < rows.size(); i++) {
            if (!rows.get(i).isObject()) {
                throw new UserError(
                        path + ", row " + (i + 1) + ", is no JSON object with a column's name before each value");
            }
        }
        return rows;
    }

    private static String ending(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
