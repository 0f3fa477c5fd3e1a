package ffmerge.data;

import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.process.ServerProcess;
import ffmerge.process.Wire;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds the rows of a table that meet a condition in SQL. DuckDB sees nothing but the table: no file, no setting, nothing
 * that it could write to.
 *
 * @param table its name in the SQL
 * @param columns DuckDB's types by the columns' names; one is {@code id}
 * @param option that the SQL is given by, for messages
 */
public record RowSearch(String table, Map<String, String> columns, String option) {
    /** What SQL begins with that does more than read. */
    private static final Set<String> NO_READING = Set.of(
            ("alter analyze attach begin call checkpoint comment commit copy create deallocate delete detach drop execute explain"
                            + " export import insert install load merge pragma prepare reset rollback set start truncate update upsert use vacuum")
                    .split(" "));

    private static final Set<String> QUERIES = Set.of("select", "with", "from");
    /** Strings, quoted names, comments: what stands in them is no SQL. */
    private static final Pattern QUOTED = Pattern.compile(
            "'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\\n]*|/\\*.*?\\*/|\\$(\\w*)\\$.*?\\$\\1\\$", Pattern.DOTALL);

    private static final Pattern UNKNOWN_COLUMN =
            Pattern.compile("(?:Referenced column|does not have a column named) \"([^\"]*)\"");
    private static final Pattern UNKNOWN_TABLE =
            Pattern.compile("(?:Referenced table|Table with name) \"?([^\" ]*)\"?");

    /** What follows the user's SQL: whoever wrote none would look for it in vain. */
    private static final String AT_PARENTHESIS = "syntax error at or near \")\"";

    public RowSearch {
        columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    }

    /**
     * Finds rows.
     *
     * @param rowsJson a list of objects whose fields are the columns
     * @param sql a condition, or a SELECT that gives the column {@code id} of the rows
     * @return their places, counted from 0, in order
     * @throws UserError if the SQL can't be meant, or would do more than read the table
     */
    public List<Integer> find(String rowsJson, String sql) {
        String bare = QUOTED.matcher(sql)
                .replaceAll(found -> found.group().matches("(?s)(--|/\\*).*") ? " " : " '' ")
                .strip();
        requireReading(bare);
        boolean isQuery = QUERIES.contains(firstWord(bare));
        // the line break ends a comment of the user's
        String query = isQuery
                ? "SELECT rowid FROM \"" + table + "\" WHERE id IN (SELECT chosen.id FROM (" + sql
                        + "\n) chosen) ORDER BY rowid"
                : "SELECT rowid FROM \"" + table + "\" WHERE (" + sql + "\n) ORDER BY rowid";
        List<Integer> found = new ArrayList<>();
        try {
            TableProcess.forEach(
                    TableServer.SEALED_QUERY,
                    out -> {
                        Wire.writeText(table, out);
                        Wire.writeText(structure(), out);
                        Wire.writeText(rowsJson, out);
                        Wire.writeText(query, out);
                    },
                    TableProcess.LONGEST_ANSWER,
                    row -> found.add(Math.toIntExact(row.number(0))));
        } catch (ServerProcess.Refused e) {
            int ownLine = Math.toIntExact(sql.lines().count()) + 1;
            boolean endsEarly =
                    e.getMessage().contains(AT_PARENTHESIS) && e.getMessage().contains("LINE " + ownLine + ": )");
            String reason = endsEarly ? "this SQL ends too early; what follows its last word?" : reason(e.getMessage());
            throw new UserError("--" + option + ": " + reason, e);
        } catch (ServerProcess.NoAnswer e) {
            throw new UserError("--" + option + ": this SQL " + e.getMessage() + "; ask for less", e);
        }
        return found;
    }

    private void requireReading(String bare) {
        int end = bare.indexOf(';');
        if (end >= 0 && !bare.substring(end + 1).isBlank()) {
            firstRefused(bare.substring(end + 1));
        }
        firstRefused(bare);
        if (end >= 0) {
            throw new UserError("--" + option + " takes one condition, without a semicolon: " + example());
        }
        if (bare.isEmpty()) {
            throw new UserError("--" + option + " takes a condition: " + example());
        }
        int depth = 0;
        for (char c : bare.toCharArray()) {
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (depth < 0) {
                break;
            }
        }
        if (depth != 0) {
            throw new UserError(
                    "--" + option + ": a parenthesis is " + (depth < 0 ? "closed that isn't open" : "not closed"));
        }
    }

    private void firstRefused(String statement) {
        String word = firstWord(statement.strip());
        boolean isColumn = columns.containsKey(word);
        if (NO_READING.contains(word) && !isColumn) {
            throw new UserError("--" + option + " only reads the " + table + "; " + word.toUpperCase(Locale.ROOT)
                    + " is refused: " + example());
        }
    }

    private static String firstWord(String sql) {
        Matcher word = Pattern.compile("^[(\\s]*([A-Za-z_]+)").matcher(sql);
        return word.find() ? word.group(1).toLowerCase(Locale.ROOT) : "";
    }

    private String example() {
        return "--" + option + " \"command = 'eval' and seconds > 10\"";
    }

    private String structure() {
        return columns.entrySet().stream()
                .map(column -> "\"" + column.getKey() + "\":\"" + column.getValue() + "\"")
                .collect(Collectors.joining(",", "[{", "}]"));
    }

    /** Why DuckDB refuses, in our words where its own say little. */
    private String reason(String message) {
        String first = message.lines().findFirst().orElse("no reason is given");
        Matcher column = UNKNOWN_COLUMN.matcher(first);
        if (column.find()) {
            String name = column.group(1);
            return "there is no column '" + name + "'"
                    + Nearest.hint(name, columns.keySet(), "columns are " + String.join(", ", columns.keySet()));
        }
        if (first.contains("data-modifying")) {
            return "only reads the " + table + "; a WITH that writes is refused";
        }
        if (first.contains("\"chosen\"")) {
            return "a SELECT here gives the column id: SELECT id FROM " + table + " WHERE …";
        }
        Matcher unknown = UNKNOWN_TABLE.matcher(first);
        if (unknown.find()) {
            return "there is no table '" + unknown.group(1) + "'; the only one is " + table;
        }
        if (first.startsWith("Permission Error")) {
            return "files are not read here; the only table is " + table;
        }
        if (first.contains("Parameter count mismatch") || first.contains("parameter")) {
            return "a ? or $name stands for nothing here; write the value, a text in single quotes";
        }
        String said = first.replaceFirst("^[A-Z]\\w*( [A-Z]\\w*)* Error: ", "").replaceFirst("[!.]$", "");
        if (said.isEmpty()) {
            return "this is no SQL";
        }
        boolean isWord = said.length() < 2 || !Character.isUpperCase(said.charAt(1));
        return (isWord ? said.substring(0, 1).toLowerCase(Locale.ROOT) + said.substring(1) : said) + remedy(first);
    }

    /** What would be right, where that can be said of so many mistakes at once. */
    private String remedy(String message) {
        if (message.contains("(JSON, BOOLEAN)")) {
            return ": put a field of the result into parentheses, as (result->>'value') IS NOT NULL";
        }
        if (message.contains("explicit cast") || message.contains("(JSON, ")) {
            return ": compare a text with a text, as options['limit'] = '10', or as a number,"
                    + " TRY_CAST(result->>'value' AS DOUBLE) < 50";
        }
        if (message.contains("Could not convert")) {
            return ": TRY_CAST(… AS DOUBLE) leaves out what is no number";
        }
        if (message.contains("VARCHAR[]")) {
            return ": a list is asked as list_contains(arguments, 'base')";
        }
        if (message.contains("WHERE clause cannot contain")) {
            return ": put it into a SELECT of its own, as value = (SELECT min(value) FROM " + table + ")";
        }
        return "";
    }
}
