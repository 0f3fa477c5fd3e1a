package ffmerge.data;

import ffmerge.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Lines of cells that are parted by tabs and not quoted unless all are, as collections of sentence pairs are: with a header, or
 * two sentences, or as Tatoeba has them two languages and two sentences. Any others are refused unless the columns are named, by
 * the header's words or by their numbers from 1.
 */
final class PairLines {
    private static final Pattern LANGUAGE = Pattern.compile("[a-zA-Z]{2,3}([-_][a-zA-Z]{2,4})?");
    /** As columns are named: without digits, and without what ends a sentence or parts its clauses. */
    private static final Pattern FEW_WORDS = Pattern.compile("(?=.{1,30}$)[\\p{L}\\p{M}]+([ _-][\\p{L}\\p{M}]+){0,2}");

    /** One line in so many may be of few words below a header. */
    private static final int MOST_PHRASES = 10;

    private static final int LANGUAGES_AND_SENTENCES = 4;

    private final Path path;
    private final List<List<String>> lines = new ArrayList<>();
    private final List<String> first;

    private PairLines(Path path) {
        this.path = path;
        // whatever ends them, as Python's open reads them
        for (String line : TextFiles.withoutMark(TextFiles.read(path)).split("\r\n|\r|\n")) {
            lines.add(Arrays.asList(line.split("\t", -1)));
        }
        if (lines.size() > 1 && lines.stream().flatMap(List::stream).allMatch(PairLines::isQuoted)) {
            lines.replaceAll(line -> line.stream().map(PairLines::unquoted).toList());
        }
        this.first = lines.get(0);
    }

    /**
     * The file's rows: two languages, empty where it doesn't tell, and two sentences.
     *
     * @param notice is told of a first line that is read as a pair and may be a header
     * @throws UserError if it isn't clear which cells are meant, or a line has others than the first
     */
    static List<PairRows.Row> read(Path path, Columns columns, String from, String to, Consumer<String> notice) {
        return new PairLines(path).rows(columns, from, to, notice);
    }

    private static boolean isQuoted(String cell) {
        return cell.length() > 1 && cell.startsWith("\"") && cell.endsWith("\"");
    }

    private static String unquoted(String cell) {
        return cell.substring(1, cell.length() - 1).replace("\"\"", "\"");
    }

    private List<PairRows.Row> rows(Columns columns, String from, String to, Consumer<String> notice) {
        if (columns.areAsked()) {
            PairColumns.requireTwo(path, columns);
            return asked(columns, from, to);
        }
        // Tatoeba's lines begin with the names of languages, which head no columns
        boolean header =
                PairColumns.isHeader(first) || PairColumns.known(first, "", "").isPresent();
        if (header && PairColumns.known(first, from, to).isPresent()) {
            return named(PairColumns.of(path, first, columns, from, to));
        }
        if (first.size() == 1) {
            throw new UserError(path + " line 1 has one column; a pair is source and target, parted by a tab");
        }
        if (first.size() == LANGUAGES_AND_SENTENCES && namesLanguages()) {
            return numbered(0, List.of(0, 1), List.of(2, 3));
        }
        if (first.size() > 2 || header) {
            throw new UserError(path + " has " + first.size() + " columns, and no header that names source and target;"
                    + " its first line is " + String.join(" | ", first) + "; " + PairColumns.howTo()
                    + ", by name or by number as in --columns 1,2");
        }
        if (mayHaveHeader()) {
            notice.accept(path.getFileName() + " line 1, " + String.join(" | ", first)
                    + ", is read as a pair of sentences; if it is a header, --columns \"" + String.join(",", first)
                    + "\" takes it for one");
        }
        return numbered(0, List.of(), List.of(0, 1));
    }

    /** Whether the first line is of few words and almost no other is: lists of words and phrases need no notice. */
    private boolean mayHaveHeader() {
        long others = lines.stream().skip(1).filter(PairLines::isOfFewWords).count();
        return lines.size() > 1 && isOfFewWords(first) && others * MOST_PHRASES <= lines.size() - 1;
    }

    private static boolean isOfFewWords(List<String> line) {
        return line.stream().allMatch(cell -> FEW_WORDS.matcher(cell).matches());
    }

    private List<PairRows.Row> asked(Columns columns, String from, String to) {
        boolean numbers =
                columns.asked().stream().allMatch(c -> c.matches("\\d{1,4}")) && !first.containsAll(columns.asked());
        if (!numbers) {
            return named(PairColumns.of(path, first, columns, from, to));
        }
        List<Integer> places =
                columns.asked().stream().map(c -> Integer.parseInt(c) - 1).toList();
        for (int place : places) {
            if (place < 0 || place >= first.size()) {
                throw new UserError(
                        "--columns " + columns.text() + ": " + path + " has the columns 1 to " + first.size());
            }
        }
        boolean header =
                PairColumns.isHeader(first) || PairColumns.known(first, "", "").isPresent();
        return numbered(header ? 1 : 0, List.of(), places);
    }

    private boolean namesLanguages() {
        return lines.stream()
                .allMatch(line -> line.size() < 2
                        || LANGUAGE.matcher(line.get(0)).matches()
                                && LANGUAGE.matcher(line.get(1)).matches());
    }

    private List<PairRows.Row> named(PairColumns columns) {
        return numbered(
                1,
                columns.languages().stream().map(first::indexOf).toList(),
                columns.sentences().stream().map(first::indexOf).toList());
    }

    private List<PairRows.Row> numbered(int from, List<Integer> languages, List<Integer> sentences) {
        List<PairRows.Row> rows = new ArrayList<>();
        for (int i = from; i < lines.size(); i++) {
            List<String> line = lines.get(i);
            if (line.size() == 1) {
                throw new UserError(
                        path + " line " + (i + 1) + " has one column; a pair is source and target, parted by a tab");
            }
            if (line.size() != first.size()) {
                throw new UserError(
                        path + " line " + (i + 1) + " has " + line.size() + " columns, the first has " + first.size());
            }
            String[] named =
                    languages.isEmpty() ? null : new String[] {line.get(languages.get(0)), line.get(languages.get(1))};
            rows.add(new PairRows.Row(named, line.get(sentences.get(0)), line.get(sentences.get(1))));
        }
        return rows;
    }
}
