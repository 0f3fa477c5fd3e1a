package ffmerge.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import ffmerge.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Sentences with their classes in tables: the columns {@code sentence} and {@code label}, which holds a class's number. */
public final class SentenceFiles {
    private static final List<Columns.Part> PARTS =
            List.of(new Columns.Part("sentence", "text"), new Columns.Part("label"));

    /** What names of such files end in, the best first where there are several. */
    public static final List<String> NAME_ENDINGS = List.of(".parquet", ".tsv", ".csv", ".jsonl", ".ndjson", ".json");

    private SentenceFiles() {}

    /**
     * @param label the class's number
     * @param place for messages
     */
    public record Row(String sentence, int label, String place) {}

    /** The file of a split, found as {@link TextFiles#find} finds text. */
    public static Path find(Path where, Split split) {
        return TextFiles.find(
                where, split, NAME_ENDINGS.stream().map(e -> e.substring(1)).toList());
    }

    /** @throws UserError if the file is no table, lacks a column, or a cell holds something else */
    public static List<Row> read(Path file, Columns columns) {
        if (!TableFile.isTable(file)) {
            throw new UserError(file + " is no table of sentences and labels: these are files that end in "
                    + String.join(", ", NAME_ENDINGS));
        }
        List<Row> rows = new ArrayList<>();
        for (List<JsonNode> cells : cells(file, columns)) {
            String place = file + ", row " + (rows.size() + 1);
            rows.add(new Row(Cells.text(cells.get(0), place + ": the sentence"), label(cells.get(1), place), place));
        }
        if (rows.isEmpty()) {
            throw new UserError(file + " holds no row");
        }
        return rows;
    }

    private static List<List<JsonNode>> cells(Path file, Columns columns) {
        if (file.toString().endsWith(".tsv")) {
            return lines(file, columns);
        }
        TableFile table = TableFile.open(file);
        return table.rows(columns.choose(file, table.columns(), PARTS));
    }

    /** Cells are parted by tabs, and quoted only where quotes in them are doubled, as Python's csv writes them. */
    private static List<List<JsonNode>> lines(Path file, Columns columns) {
        String[] lines = TextFiles.withoutMark(TextFiles.read(file)).split("\r\n|\r|\n");
        List<String> header = cells(lines[0]);
        List<Integer> places = columns.choose(file, header, PARTS).stream()
                .map(header::indexOf)
                .toList();
        List<List<JsonNode>> rows = new ArrayList<>();
        for (int i = 1; i < lines.length; i++) {
            List<String> cells = cells(lines[i]);
            if (cells.size() != header.size()) {
                throw new UserError(file + " line " + (i + 1) + " has " + cells.size()
                        + (cells.size() == 1 ? " column" : " columns") + ", its header has " + header.size());
            }
            rows.add(places.stream()
                    .map(place -> (JsonNode) TextNode.valueOf(cells.get(place)))
                    .toList());
        }
        return rows;
    }

    private static List<String> cells(String line) {
        return Arrays.stream(line.split("\t", -1)).map(SentenceFiles::unquoted).toList();
    }

    private static String unquoted(String cell) {
        return cell.matches("\"([^\"]*\"\"[^\"]*)+\"")
                ? cell.substring(1, cell.length() - 1).replace("\"\"", "\"")
                : cell;
    }

    private static int label(JsonNode cell, String place) {
        String text = cell.asText("").strip();
        if (!(cell.isIntegralNumber() || cell.isTextual()) || !text.matches("-?\\d{1,9}")) {
            throw new UserError(place + ": the label should be a class's number, from 0, is "
                    + (cell.isMissingNode() || cell.isNull() ? "missing" : cell.toString()));
        }
        return Integer.parseInt(text);
    }
}
