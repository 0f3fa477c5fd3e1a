package ffmerge.data;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.LfsPointer;
import ffmerge.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Finds and reads the text of a data set's split. */
public final class TextFiles {
    /** So many lines tell whether all are rows of a table. */
    private static final int ROWS = 3;

    private TextFiles() {}

    /**
     * The file of a split: in {@code where} itself if it is a file (then it is every split), else {@code train.txt},
     * {@code NAME-train.txt} and so on in the folder, or a table where there is no such text.
     *
     * @throws UserError if there is none
     */
    public static Path find(Path where, Split split) {
        return find(where, split, List.of("txt", "jsonl", "ndjson", "csv", "json"));
    }

    /**
     * As {@link #find(Path, Split)}, for files that end otherwise.
     *
     * @param ending without the dot
     */
    static Path find(Path where, Split split, String ending) {
        if (Files.isRegularFile(where)) {
            return where;
        }
        if (!Files.isDirectory(where)) {
            throw new UserError("there is no file or folder " + where);
        }
        List<Path> texts = list(where, ending);
        Optional<Path> own = texts.stream()
                .filter(f -> f.getFileName().toString().matches("(.*[-_.])?" + split.label() + "\\." + ending))
                .findFirst();
        if (own.isEmpty() && texts.size() == 1) {
            return texts.get(0); // a folder without splits is taken whole
        }
        return own.orElseThrow(() -> new UserError(where + " has no text for the split " + split.label()
                + "; expected is a file " + split.label() + "." + ending + " or NAME-" + split.label() + "." + ending));
    }

    /** As {@link #find(Path, Split)}, of the first of these endings that a folder has files of. */
    static Path find(Path where, Split split, List<String> endings) {
        String ending = endings.stream()
                .filter(e -> Files.isDirectory(where) && !list(where, e).isEmpty())
                .findFirst()
                .orElse(endings.get(0));
        return find(where, split, ending);
    }

    /**
     * The text of a file: as it stands, or the rows of a table's column {@code text}, joined by a blank line.
     *
     * @param columns that are asked for
     * @param notices is told of what {@link #readLines} reads otherwise than it is stored
     * @throws UserError if the file can't be read, or is a table without such a column
     */
    public static String read(Path file, Columns columns, Consumer<String> notices) {
        if (!TableFile.isTable(file)) {
            if (columns.areAsked()) {
                throw new UserError("--columns " + columns.text() + ": " + file + " is no table, which end in "
                        + String.join(", ", TableFile.ENDINGS));
            }
            String text = readLines(file, notices);
            requireNoRows(text, file);
            return text;
        }
        TableFile table = TableFile.open(file);
        List<String> chosen = columns.choose(file, table.columns(), List.of(ParquetText.PART));
        StringBuilder text = new StringBuilder();
        int row = 0;
        for (List<JsonNode> cells : table.rows(chosen)) {
            row++;
            text.append(row == 1 ? "" : ParquetText.BETWEEN)
                    .append(Cells.text(cells.get(0), file + ", row " + row + ": the column '" + chosen.get(0) + "'"));
        }
        return text.toString();
    }

    /**
     * A table that is called a text would be measured by its braces and quotes.
     *
     * @throws UserError if the first lines are JSON objects
     */
    private static void requireNoRows(String text, Path file) {
        List<String> first = text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .limit(ROWS)
                .toList();
        if (!first.isEmpty() && first.stream().allMatch(line -> line.startsWith("{\"") && line.endsWith("}"))) {
            throw new UserError(
                    file + " holds JSON objects, a line each, and no plain text: in a file that ends in .jsonl"
                            + " they are read as rows of a table");
        }
    }

    /** Without the mark of the order of bytes, which some programs write before a table's first name. */
    static String withoutMark(String text) {
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    /** The files of a folder that end so, in the order of their names. */
    static List<Path> list(Path where, String ending) {
        try (Stream<Path> files = Files.list(where)) {
            return files.filter(f -> f.toString().endsWith("." + ending))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw UserError.cannot("list " + where, e);
        }
    }

    /**
     * A text with its lines ended by line feeds, as Python's {@code open} reads it: a carriage return ends a line too,
     * with a line feed behind it or alone.
     *
     * @param notices is told of a text with other ends of lines, or with a mark of the order of bytes, which is left out
     * @throws UserError if the file can't be read or isn't UTF-8
     */
    public static String readLines(Path file, Consumer<String> notices) {
        String stored = read(file);
        String text = withoutMark(stored);
        if (text.length() < stored.length()) {
            notices.accept(
                    file.getFileName() + " begins with a byte order mark, which is no part of the text and is left out,"
                            + " as Python's open() does with the encoding utf-8-sig");
        }
        if (text.indexOf('\r') < 0) {
            return text;
        }
        boolean pairs = text.contains("\r\n");
        String lines = text.replace("\r\n", "\n");
        boolean alone = lines.indexOf('\r') >= 0;
        notices.accept(file.getFileName() + " ends lines with "
                + (pairs ? "CR LF" : "") + (pairs && alone ? " and " : "") + (alone ? "CR" : "")
                + ", carriage returns; they are read as line feeds, as Python's open() does");
        return lines.replace('\r', '\n');
    }

    /** @throws UserError if the file can't be read or isn't UTF-8 */
    public static String read(Path file) {
        LfsPointer.refuse(file);
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            if (hasWideMark(file)) {
                throw new UserError(file + " is UTF-16 or UTF-32 text, by its byte order mark; save it as UTF-8", e);
            }
            throw UserError.cannot("read " + file, e);
        } catch (IOException e) {
            throw UserError.cannot("read " + file, e);
        }
    }

    /** Whether a file begins with the byte order mark of an encoding in units of two bytes or four. */
    private static boolean hasWideMark(Path file) {
        try (InputStream bytes = Files.newInputStream(file)) {
            String start = HexFormat.of().formatHex(bytes.readNBytes(4));
            return start.startsWith("fffe") || start.startsWith("feff") || start.equals("0000feff");
        } catch (IOException e) {
            throw UserError.cannot("read " + file, e);
        }
    }
}
