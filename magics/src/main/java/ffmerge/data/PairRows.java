package ffmerge.data;

import ffmerge.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The sentence pairs of one file as the hub has them, turned so that the first sentence is in the language that the model
 * translates from. A Parquet file has a struct column {@code translation} with a field for each language, or columns
 * {@code sourceString} and {@code targetString} with {@code sourceLang} and {@code targetlang}, or two columns named
 * {@code source} and {@code target} or after the languages; a {@code .tsv} file, as Tatoeba's, has the two languages and the
 * two sentences in each line, or the two sentences alone.
 */
final class PairRows {
    private static final Pattern FIELD = Pattern.compile("\"?([\\w-]+)\"? VARCHAR");
    private static final int LANGUAGES_AND_SENTENCES = 4;

    /** @param languages null where the data doesn't tell, else of the first sentence and the second */
    private record Row(String[] languages, String first, String second) {}

    /** A pair, the model's source language first. */
    record Pair(String source, String target) {}

    private final Path path;
    private final String from;
    private final String to;
    /** For Parquet: two languages and two sentences as SQL. */
    private final String columns;
    /** For lines: all of them. */
    private final List<Row> lines;

    private final int count;

    /**
     * @param from the language that the model translates from; empty where it doesn't tell, then the data's order holds
     * @param to the language that it translates into
     * @throws UserError if the file can't be read or its columns are none of these
     */
    PairRows(Path path, String from, String to) {
        this.path = path;
        this.from = from;
        this.to = to;
        if (path.toString().endsWith(".parquet")) {
            ParquetFile file = new ParquetFile(path);
            lines = null;
            columns = columns(file.columns());
            int[] rows = new int[1];
            file.forEach("SELECT count(*) FROM read_parquet(?)", row -> rows[0] = row.getInt(1));
            count = rows[0];
        } else {
            columns = null;
            lines = lines(path);
            count = lines.size();
        }
    }

    private String columns(Map<String, String> types) {
        String struct = types.getOrDefault("translation", "");
        if (struct.startsWith("STRUCT")) {
            List<String> fields =
                    FIELD.matcher(struct).results().map(r -> r.group(1)).toList();
            String first = from.isEmpty() ? fields.get(0) : language(fields, from);
            String second = to.isEmpty() ? fields.get(fields.size() - 1) : language(fields, to);
            return literal(first) + ", " + literal(second) + ", translation." + ParquetFile.quote(first)
                    + ", translation." + ParquetFile.quote(second);
        }
        Optional<String> source = named(types, "sourceString", "source_text", "source", "src");
        Optional<String> target = named(types, "targetString", "target_text", "target", "tgt");
        if (source.isPresent() && target.isPresent()) {
            Optional<String> sourceLanguage = named(types, "sourceLang", "source_lang");
            Optional<String> targetLanguage = named(types, "targetLang", "target_lang");
            return sourceLanguage.map(ParquetFile::quote).orElse("NULL") + ", "
                    + targetLanguage.map(ParquetFile::quote).orElse("NULL") + ", "
                    + ParquetFile.quote(source.get()) + ", " + ParquetFile.quote(target.get());
        }
        List<String> all = List.copyOf(types.keySet());
        boolean byLanguage = !from.isEmpty()
                && all.stream().anyMatch(c -> Languages.same(c, from))
                && all.stream().anyMatch(c -> Languages.same(c, to));
        if (!byLanguage) {
            throw new UserError(path + " has no pairs of sentences that are known here: expected is a column"
                    + " 'translation', or 'sourceString' and 'targetString'; it has " + String.join(", ", all));
        }
        return "NULL, NULL, " + ParquetFile.quote(language(all, from)) + ", " + ParquetFile.quote(language(all, to));
    }

    private static Optional<String> named(Map<String, String> types, String... names) {
        return Arrays.stream(names)
                .flatMap(name -> types.keySet().stream().filter(c -> c.equalsIgnoreCase(name)))
                .findFirst();
    }

    private String language(List<String> there, String language) {
        return there.stream()
                .filter(c -> Languages.same(c, language))
                .findFirst()
                .orElseThrow(() -> new UserError(
                        path + " has sentences in " + String.join(" and ", there) + ", none in " + language));
    }

    private static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    private static List<Row> lines(Path path) {
        List<Row> rows = new ArrayList<>();
        String[] lines = TextFiles.read(path).split("\r?\n");
        for (int i = 0; i < lines.length; i++) {
            String[] c = lines[i].split("\t", -1);
            if (c.length < 2) {
                throw new UserError(path + " line " + (i + 1) + " has one column; a pair is two languages and two"
                        + " sentences, or two sentences, parted by tabs");
            }
            boolean header = i == 0
                    && Stream.of(c)
                            .anyMatch(word -> word.equalsIgnoreCase("sourceString")
                                    || word.equalsIgnoreCase("source") && c.length == 2);
            if (!header) {
                rows.add(
                        c.length < LANGUAGES_AND_SENTENCES
                                ? new Row(null, c[0], c[1])
                                : new Row(new String[] {c[0], c[1]}, c[2], c[3]));
            }
        }
        return rows;
    }

    int count() {
        return count;
    }

    /**
     * Some of the pairs.
     *
     * @throws UserError if one is in other languages than the model's
     */
    List<Pair> pairs(int first, int end) {
        List<Row> rows = lines != null ? lines.subList(first, end) : read(first, end);
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            pairs.add(turned(rows.get(i), first + i));
        }
        return pairs;
    }

    private List<Row> read(int first, int end) {
        List<Row> rows = new ArrayList<>();
        String sql = "SELECT " + columns + " FROM read_parquet(?, file_row_number = true) WHERE file_row_number >= "
                + first + " AND file_row_number < " + end + " ORDER BY file_row_number";
        new ParquetFile(path).forEach(sql, row -> {
            String[] languages = {row.getString(1), row.getString(2)};
            boolean told = languages[0] != null && languages[1] != null;
            String one = row.getString(3);
            String other = row.getString(4);
            rows.add(new Row(told ? languages : null, one == null ? "" : one, other == null ? "" : other));
        });
        return rows;
    }

    private Pair turned(Row row, int index) {
        String[] languages = row.languages;
        boolean told = languages != null && !from.isEmpty() && !to.isEmpty();
        if (!told || Languages.same(languages[0], from) && Languages.same(languages[1], to)) {
            return new Pair(row.first, row.second);
        }
        if (Languages.same(languages[0], to) && Languages.same(languages[1], from)) {
            return new Pair(row.second, row.first);
        }
        throw new UserError("row " + index + " of " + path + " is in " + languages[0] + " and " + languages[1]
                + "; the model translates from " + from + " into " + to);
    }
}
