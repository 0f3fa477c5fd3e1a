package ffmerge.journal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Counted;
import ffmerge.UserError;
import ffmerge.data.RowSearch;
import ffmerge.result.Measurement;
import ffmerge.result.Run;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds runs of the log: by a condition in SQL, by an id, or counted from the last. */
public final class RunSearch {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TEXT = "VARCHAR";
    private static final String NUMBER = "DOUBLE";
    private static final String WHOLE = "BIGINT";

    /** @param type DuckDB's */
    private record Column(String name, String type, Function<Run, Object> of) {}

    private static final List<Column> TABLE = List.of(
            new Column("id", TEXT, Run::id),
            new Column("time", "TIMESTAMP", Run::time),
            new Column("command", TEXT, Run::command),
            new Column("line", TEXT, Run::line),
            new Column("arguments", "VARCHAR[]", Run::arguments),
            new Column("model", TEXT, run -> run.provenance().model()),
            new Column("options", "MAP(VARCHAR, VARCHAR)", Run::options),
            new Column("seed", WHOLE, run -> run.options().get("seed")),
            new Column("metric", TEXT, run -> only(run, m -> m.metric().name())),
            new Column("value", NUMBER, RunSearch::value),
            new Column("data", TEXT, run -> only(run, m -> m.data().isEmpty() ? null : m.data())),
            new Column("split", TEXT, run -> only(run, Measurement::split)),
            new Column("examples", WHOLE, run -> only(run, Measurement::examples)),
            new Column("parameters", WHOLE, RunSearch::parameters),
            new Column("outcome", TEXT, Run::outcome),
            new Column("seconds", NUMBER, Run::seconds),
            new Column("threads", WHOLE, run -> run.provenance().threads()),
            new Column("machine", TEXT, run -> run.provenance().machine()),
            new Column("java", TEXT, run -> run.provenance().java()),
            new Column("version", TEXT, run -> run.provenance().version()),
            new Column("result", "JSON", run -> withoutLongLists(result(run))));

    /** The columns of the table {@code runs}, by DuckDB's types. */
    public static final Map<String, String> COLUMNS = columns();

    private static final int LONGEST_LIST = 100;

    private static final Pattern FROM_LAST = Pattern.compile("last(?:-(\\d{1,9}))?");

    private RunSearch() {}

    private static Map<String, String> columns() {
        Map<String, String> columns = new LinkedHashMap<>();
        TABLE.forEach(column -> columns.put(column.name, column.type));
        return columns;
    }

    /**
     * The runs that meet a condition.
     *
     * @param sql over the columns, as {@code metric = 'perplexity' and value < 90}
     * @throws UserError if it can't be meant, or would do more than read
     */
    public static List<Run> where(List<Run> runs, String sql) {
        ArrayNode rows = JSON.createArrayNode();
        runs.forEach(run -> rows.add(row(run)));
        return new RowSearch("runs", COLUMNS, "where")
                .find(rows.toString(), sql).stream().map(runs::get).toList();
    }

    private static JsonNode row(Run run) {
        Map<String, Object> row = new LinkedHashMap<>();
        TABLE.forEach(column -> row.put(column.name, column.of.apply(run)));
        return JSON.valueToTree(row);
    }

    private static JsonNode result(Run run) {
        return run.result() == null ? JSON.createObjectNode() : run.result();
    }

    /** Values of each example, as cells of a grid keep them, would fill DuckDB's memory and can't be asked for anyway. */
    private static JsonNode withoutLongLists(JsonNode result) {
        if (result.isArray()) {
            ArrayNode list = JSON.createArrayNode();
            result.forEach(each -> list.add(withoutLongLists(each)));
            return result.size() > LONGEST_LIST ? JSON.nullNode() : list;
        }
        if (!result.isObject()) {
            return result;
        }
        ObjectNode shorter = JSON.createObjectNode();
        result.properties().forEach(field -> shorter.set(field.getKey(), withoutLongLists(field.getValue())));
        return shorter;
    }

    /** What all that was measured says; null where nothing does, or not the same. */
    private static <T> T only(Run run, Function<Measurement, T> says) {
        List<T> distinct = run.measured().stream()
                .map(says)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        return distinct.size() == 1 ? distinct.get(0) : null;
    }

    /** The value that a run is about: what was measured, after tuning, of the best window, of the only model. */
    private static JsonNode value(Run run) {
        JsonNode result = result(run);
        List<Measurement> measured = run.measured();
        return Stream.of(result.path("value"), result.path("after"), result.at("/best/value"))
                .filter(JsonNode::isNumber)
                .findFirst()
                .orElseGet(() -> JSON.valueToTree(
                        measured.size() == 1 && Double.isFinite(measured.get(0).value())
                                ? measured.get(0).value()
                                : null));
    }

    /** Of the model that was made, else of the one that was worked on. */
    private static Long parameters(Run run) {
        return Stream.concat(
                        run.made().values().stream(),
                        run.arguments().stream()
                                .map(name -> run.provenance().models().get(name))
                                .filter(Objects::nonNull))
                .map(subject -> subject.parameters())
                .findFirst()
                .orElse(null);
    }

    /**
     * The run of this name: an id or its beginning, {@code last}, {@code last-1}.
     *
     * @throws UserError if there is none, or several begin so
     */
    public static Run named(List<Run> runs, String name) {
        if (runs.isEmpty()) {
            throw new UserError("the log has no runs yet");
        }
        Matcher fromLast = FROM_LAST.matcher(name);
        if (fromLast.matches()) {
            int back = fromLast.group(1) == null ? 0 : Integer.parseInt(fromLast.group(1));
            if (back >= runs.size()) {
                throw new UserError("there is no run '" + name + "': the log has " + runs.size());
            }
            return runs.get(runs.size() - 1 - back);
        }
        List<Run> found = runs.stream()
                .filter(run -> !name.isEmpty() && run.id().startsWith(name))
                .toList();
        if (found.size() == 1) {
            return found.get(0);
        }
        throw new UserError(
                found.isEmpty()
                        ? "there is no run '" + name
                                + "' in the log; %ffmerge runs lists their ids, and last and last-1" + " are the newest"
                        : found.size() + " runs begin with '" + name + "': "
                                + Counted.firstOf(found.stream().map(Run::id).toList(), 2));
    }
}
