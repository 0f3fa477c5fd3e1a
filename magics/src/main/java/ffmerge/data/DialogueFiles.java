package ffmerge.data;

import ffmerge.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads dialogues with their summaries from {@code .jsonl}, {@code .json} (a list of objects), {@code .csv}, {@code .tsv}
 * and {@code .parquet}: the columns {@code dialogue} and {@code summary}, as SAMSum has them; others are left alone.
 */
public final class DialogueFiles {
    /** How DuckDB reads a file, by its ending; quoted fields of a table may hold line breaks. */
    private static final Map<String, String> READERS = Map.of(
            "jsonl", "read_json(?, format = 'newline_delimited')",
            "json", "read_json(?)",
            "csv", "read_csv(?, header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"')",
            "tsv", "read_csv(?, header = true, all_varchar = true, delim = '\t', quote = '\"', escape = '\"')",
            "parquet", "read_parquet(?)");

    private static final List<String> ENDINGS = List.of("jsonl", "json", "csv", "tsv", "parquet");
    /** What names of such files end in, the best first where there are several: a lone .json often says other things. */
    public static final List<String> NAME_ENDINGS = List.of(".parquet", ".csv", ".tsv", ".jsonl", ".json");

    private static final List<String> COLUMNS = List.of("dialogue", "summary");

    private DialogueFiles() {}

    /**
     * Whether a data set is of dialogues: a file that has their columns, or a folder in which the first file of one of the
     * endings has them.
     */
    public static boolean isDialogues(Path where) {
        Optional<Path> file = Files.isDirectory(where)
                ? ENDINGS.stream()
                        .flatMap(ending -> TextFiles.list(where, ending).stream())
                        .findFirst()
                : Optional.of(where).filter(f -> READERS.containsKey(ending(f)));
        return file.isPresent()
                && Files.isRegularFile(file.get())
                && columns(file.get()).containsAll(COLUMNS);
    }

    /** The file of a split, found as {@link TextFiles#find} finds text. */
    public static Path find(Path where, Split split) {
        String ending = ENDINGS.stream()
                .filter(e ->
                        Files.isDirectory(where) && !TextFiles.list(where, e).isEmpty())
                .findFirst()
                .orElse(ENDINGS.get(0));
        return TextFiles.find(where, split, ending);
    }

    /** @throws UserError if the file can't be read, lacks a column, or has a row without dialogue or summary, or no row */
    public static List<Dialogue> read(Path file) {
        Set<String> columns = columns(file);
        for (String column : COLUMNS) {
            if (!columns.contains(column)) {
                throw new UserError(file + " has no column '" + column + "'; it has " + String.join(", ", columns));
            }
        }
        List<Dialogue> dialogues = new ArrayList<>();
        try (Connection database = ParquetFile.open();
                PreparedStatement query = query(database, "SELECT dialogue, summary FROM ", file);
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                dialogues.add(dialogue(rows.getString(1), rows.getString(2), file, dialogues.size() + 1));
            }
        } catch (SQLException e) {
            throw new ParquetFile(file).cannotRead(e);
        }
        if (dialogues.isEmpty()) {
            throw new UserError(file + " holds no dialogues");
        }
        return dialogues;
    }

    private static Dialogue dialogue(String dialogue, String summary, Path file, int row) {
        if (dialogue == null || dialogue.isBlank() || summary == null || summary.isBlank()) {
            throw new UserError(file + ", dialogue " + row + ": "
                    + (dialogue == null || dialogue.isBlank() ? "the dialogue" : "its summary") + " is empty");
        }
        // tables of other systems end lines otherwise
        return new Dialogue(
                dialogue.replace("\r\n", "\n").strip(),
                summary.replace("\r\n", "\n").strip());
    }

    private static Set<String> columns(Path file) {
        Set<String> columns = new LinkedHashSet<>();
        try (Connection database = ParquetFile.open();
                PreparedStatement query = query(database, "DESCRIBE SELECT * FROM ", file);
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                columns.add(rows.getString("column_name"));
            }
        } catch (SQLException e) {
            throw new ParquetFile(file).cannotRead(e);
        }
        return columns;
    }

    private static PreparedStatement query(Connection database, String select, Path file) throws SQLException {
        String reader = READERS.get(ending(file));
        if (reader == null) {
            throw new UserError(
                    file + " holds no dialogues: these stand in files that end in " + String.join(", ", ENDINGS));
        }
        return new ParquetFile(file).query(database, select + reader);
    }

    private static String ending(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
