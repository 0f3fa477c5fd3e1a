package ffmerge.data;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads dialogues with their summaries from tables: the columns {@code dialogue} and {@code summary}, as SAMSum has them, or
 * others that are asked for. A dialogue may be a list of turns.
 */
public final class DialogueFiles {
    /** What names of such files end in, the best first where there are several. */
    public static final List<String> NAME_ENDINGS =
            TableFile.ENDINGS.stream().map(ending -> "." + ending).toList();

    static final List<Columns.Part> PARTS = List.of(new Columns.Part("dialogue"), new Columns.Part("summary"));

    private DialogueFiles() {}

    /**
     * Whether a data set is of dialogues: a file that has their columns, or a folder in which the first file of one of the
     * endings has them.
     *
     * @param columns where two are asked for, a table is of dialogues
     */
    public static boolean isDialogues(Path where, Columns columns) {
        Optional<Path> file = Files.isDirectory(where)
                ? TableFile.ENDINGS.stream()
                        .flatMap(ending -> TextFiles.list(where, ending).stream())
                        .findFirst()
                : Optional.of(where).filter(TableFile::isTable);
        if (file.isEmpty() || !Files.isRegularFile(file.get())) {
            return false;
        }
        if (columns.areAsked()) {
            return columns.asked().size() == PARTS.size();
        }
        List<String> there = TableFile.open(file.get()).columns();
        return PARTS.stream().allMatch(part -> Columns.known(there, part).isPresent());
    }

    /** The file of a split, found as {@link TextFiles#find} finds text. */
    public static Path find(Path where, Split split) {
        return TextFiles.find(where, split, TableFile.ENDINGS);
    }

    /** @throws UserError if the file can't be read, lacks a column, or has a row without dialogue or summary, or no row */
    public static List<Dialogue> read(Path file, Columns columns) {
        if (!TableFile.isTable(file)) {
            throw new UserError(file + " holds no dialogues: these stand in files that end in "
                    + String.join(", ", TableFile.ENDINGS));
        }
        TableFile table = TableFile.open(file);
        if (table.columns().isEmpty()) {
            throw new UserError(file + " holds no dialogues");
        }
        List<String> chosen = columns.choose(file, table.columns(), PARTS);
        List<Dialogue> dialogues = new ArrayList<>();
        for (List<JsonNode> row : table.rows(chosen)) {
            dialogues.add(dialogue(row, chosen, file, dialogues.size() + 1));
        }
        if (dialogues.isEmpty()) {
            throw new UserError(file + " holds no dialogues");
        }
        return dialogues;
    }

    private static Dialogue dialogue(List<JsonNode> row, List<String> columns, Path file, int number) {
        String place = file + ", dialogue " + number + ": the column ";
        String dialogue = Cells.dialogue(row.get(0), place + "'" + columns.get(0) + "'");
        String summary = Cells.text(row.get(1), place + "'" + columns.get(1) + "'");
        if (dialogue.isBlank() || summary.isBlank()) {
            throw new UserError(file + ", dialogue " + number + ": "
                    + (dialogue.isBlank() ? "the dialogue" : "its summary") + " is empty");
        }
        // tables of other systems end lines otherwise
        return new Dialogue(
                dialogue.replace("\r\n", "\n").strip(),
                summary.replace("\r\n", "\n").strip());
    }
}
