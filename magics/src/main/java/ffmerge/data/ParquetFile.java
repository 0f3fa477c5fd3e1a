package ffmerge.data;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.LfsPointer;
import ffmerge.UserError;
import ffmerge.json.PythonJson;
import ffmerge.process.ServerProcess;
import ffmerge.process.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A Parquet file or another table, read by DuckDB, which runs in a process of its own. */
record ParquetFile(Path path) {
    private static final Pattern LINE = Pattern.compile("CSV Error on Line: (\\d+)");
    private static final Pattern FIELDS = Pattern.compile("Expected Number of Columns: (\\d+) Found: (\\d+)");

    /** What the slowest of disks gives. */
    private static final long BYTES_PER_SECOND = 1 << 20;

    /** @throws UserError if it is none, but a pointer to where one is kept */
    ParquetFile {
        LfsPointer.refuse(path);
    }

    /**
     * A row of an answer.
     *
     * @param cells in the order of the query's columns, each null, a text, a long or bytes
     */
    record Row(List<Object> cells) {
        /**
         * A cell that holds text, or null.
         *
         * @param column counted from 0
         */
        String text(int column) {
            return (String) cells.get(column);
        }

        /** A cell that holds a whole number and isn't null. */
        long number(int column) {
            return (long) cells.get(column);
        }

        /** A cell that holds bytes, or null. */
        byte[] bytes(int column) {
            return (byte[]) cells.get(column);
        }
    }

    static String quote(String column) {
        return '"' + column.replace("\"", "\"\"") + '"';
    }

    /**
     * Runs a query on the file.
     *
     * @param sql with one question mark, for the file
     * @throws UserError if the file can't be read
     */
    void forEach(String sql, Consumer<Row> row) {
        // a path stands for itself, whatever pattern it looks like
        String pattern = path.toAbsolutePath().toString().replaceAll("[*?\\[]", "[$0]");
        try {
            TableProcess.forEach(
                    TableServer.QUERY,
                    out -> {
                        Wire.writeText(pattern, out);
                        Wire.writeText(sql, out);
                    },
                    limit(),
                    row);
        } catch (ServerProcess.Refused e) {
            throw cannotRead(isText() ? reason(e.getMessage(), path) : "it is not UTF-8 text", e);
        } catch (ServerProcess.NoAnswer e) {
            throw cannotRead("it " + e.getMessage() + "; it is damaged", e);
        }
    }

    /** Why DuckDB refuses, in our words where its own say little. */
    private static String reason(String message, Path path) {
        if (message.contains("Error when sniffing file")) {
            return "its lines don't all have as many fields, parted by "
                    + (path.toString().endsWith(".tsv") ? "tabs" : "commas")
                    + ", as the first, a quote isn't closed, or some end in LF and some in CR LF";
        }
        Matcher place = LINE.matcher(message);
        if (place.find()) {
            Matcher counts = FIELDS.matcher(message);
            return "line " + place.group(1)
                    + (counts.find()
                            ? " has " + counts.group(2) + " fields, the first has " + counts.group(1)
                            : ": " + message.lines().skip(1).findFirst().orElse("a mistake"));
        }
        return message.lines().findFirst().orElse("no reason is given").replaceFirst("^Invalid Input Error: ", "");
    }

    /** Whether DuckDB may have stumbled over something else than other characters; asked where it refused. */
    private boolean isText() {
        if (path.toString().endsWith(".parquet")) {
            return true;
        }
        try (Stream<String> lines = Files.lines(path)) { // which takes UTF-8 alone
            lines.forEach(line -> {});
            return true;
        } catch (UncheckedIOException e) {
            return false;
        } catch (IOException e) {
            return true; // DuckDB said why
        }
    }

    private UserError cannotRead(String why, Exception cause) {
        return new UserError("cannot read " + path + ": " + why, cause);
    }

    private Duration limit() {
        try {
            return TableProcess.LONGEST_ANSWER.plusSeconds(Files.size(path) / BYTES_PER_SECOND);
        } catch (IOException e) {
            return TableProcess.LONGEST_ANSWER; // DuckDB will say what is wrong with it
        }
    }

    /** What Hugging Face's datasets wrote about the columns, by column; empty where it didn't. */
    JsonNode features() {
        List<String> written = new ArrayList<>();
        forEach(
                "SELECT decode(value) FROM parquet_kv_metadata(?) WHERE decode(key) = 'huggingface'",
                row -> written.add(row.text(0)));
        String json = written.isEmpty() || written.get(0) == null ? "{}" : written.get(0);
        return PythonJson.parse(json, path + ": its metadata 'huggingface'")
                .path("info")
                .path("features");
    }

    /** Types by name, in the file's order. */
    Map<String, String> columns() {
        return columns("read_parquet(?)");
    }

    /** @param reader of DuckDB's */
    Map<String, String> columns(String reader) {
        Map<String, String> columns = new LinkedHashMap<>();
        forEach("DESCRIBE SELECT * FROM " + reader, row -> columns.put(row.text(0), row.text(1)));
        return columns;
    }
}
