package ffmerge.data;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The sentence pairs of one file as the hub has them, turned so that the first sentence is in the language that the model
 * translates from. A Parquet file, a {@code .csv} or {@code .jsonl} has a struct column {@code translation} with a field for
 * each language, or the columns that {@link PairColumns} knows; a {@code .tsv} file is as {@link PairLines} says.
 */
final class PairRows {
    private static final Pattern FIELD = Pattern.compile("\"?([\\w-]+)\"? VARCHAR");

    /** @param languages null where the data doesn't tell, else of the first sentence and the second */
    record Row(String[] languages, String first, String second) {}

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
     * @param asked which columns are asked for
     * @param from the language that the model translates from; empty where it doesn't tell, then the data's order holds
     * @param to the language that it translates into
     * @param notice is told of a first line that may be a header
     * @throws UserError if the file can't be read or its columns are none of these
     */
    PairRows(Path path, Columns asked, String from, String to, Consumer<String> notice) {
        this.path = path;
        this.from = from;
        this.to = to;
        if (path.toString().endsWith(".parquet")) {
            ParquetFile file = new ParquetFile(path);
            lines = null;
            columns = columns(file.columns(), asked);
            int[] rows = new int[1];
            file.forEach("SELECT count(*) FROM read_parquet(?)", row -> rows[0] = (int) row.number(0));
            count = rows[0];
        } else {
            columns = null;
            lines = path.toString().matches(".*\\.(csv|jsonl?|ndjson)")
                    ? table(asked)
                    : PairLines.read(path, asked, from, to, notice);
            count = lines.size();
        }
    }

    private String columns(Map<String, String> types, Columns asked) {
        String struct = types.getOrDefault(TranslationFields.COLUMN, "");
        if (struct.startsWith("STRUCT") && TranslationFields.areMeant(asked, types.keySet())) {
            List<String> fields =
                    FIELD.matcher(struct).results().map(r -> r.group(1)).toList();
            TranslationFields chosen = TranslationFields.of(path, path.toString(), fields, asked, from, to);
            String languages =
                    asked.areAsked() ? "NULL, NULL" : literal(chosen.first()) + ", " + literal(chosen.second());
            return languages + ", translation." + ParquetFile.quote(chosen.first()) + ", translation."
                    + ParquetFile.quote(chosen.second());
        }
        PairColumns chosen = PairColumns.of(path, List.copyOf(types.keySet()), asked, from, to);
        for (String column : chosen.sentences()) {
            if (!types.get(column).equals("VARCHAR")) {
                throw new UserError(
                        path + ": the column '" + column + "' should hold text, holds " + types.get(column));
            }
        }
        List<String> languages = chosen.languages().isEmpty()
                ? List.of("NULL", "NULL")
                : chosen.languages().stream().map(ParquetFile::quote).toList();
        return String.join(", ", languages) + ", "
                + String.join(
                        ", ",
                        chosen.sentences().stream().map(ParquetFile::quote).toList());
    }

    private static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    /** Of tables with a header or with names before the values. */
    private List<Row> table(Columns asked) {
        TableFile table = TableFile.open(path);
        if (TranslationFields.areMeant(asked, table.columns()) && table.holdsObjects(TranslationFields.COLUMN)) {
            return translations(table, asked);
        }
        PairColumns chosen = PairColumns.of(path, table.columns(), asked, from, to);
        List<String> all = Stream.concat(chosen.languages().stream(), chosen.sentences().stream())
                .toList();
        List<Row> rows = new ArrayList<>();
        for (List<JsonNode> cells : table.rows(all)) {
            List<String> texts = texts(cells, all, rows.size() + 1);
            int sentences = texts.size() - 2;
            String[] languages = sentences == 0 ? null : new String[] {texts.get(0), texts.get(1)};
            rows.add(new Row(languages, texts.get(sentences), texts.get(sentences + 1)));
        }
        return rows;
    }

    private List<String> texts(List<JsonNode> cells, List<String> columns, int row) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < cells.size(); i++) {
            texts.add(Cells.text(cells.get(i), path + ", row " + row + ": the column '" + columns.get(i) + "'"));
        }
        return texts;
    }

    /** An object in each row, with a field for each language. */
    private List<Row> translations(TableFile table, Columns asked) {
        List<Row> rows = new ArrayList<>();
        for (List<JsonNode> cells : table.rows(List.of(TranslationFields.COLUMN))) {
            JsonNode cell = cells.get(0);
            int row = rows.size() + 1;
            List<String> fields = new ArrayList<>();
            cell.fieldNames().forEachRemaining(fields::add);
            TranslationFields chosen = TranslationFields.of(path, path + ", row " + row, fields, asked, from, to);
            List<String> names = List.of(chosen.first(), chosen.second());
            List<String> texts = texts(List.of(cell.path(chosen.first()), cell.path(chosen.second())), names, row);
            rows.add(new Row(asked.areAsked() ? null : names.toArray(String[]::new), texts.get(0), texts.get(1)));
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
            String[] languages = {row.text(0), row.text(1)};
            boolean told = languages[0] != null && languages[1] != null;
            String one = row.text(2);
            String other = row.text(3);
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
