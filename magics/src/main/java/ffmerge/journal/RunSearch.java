package ffmerge.journal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import ffmerge.data.RowSearch;
import ffmerge.result.Measurement;
import ffmerge.result.Run;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds runs of the log: by a condition in SQL, by an id, or counted from the last. */
public final class RunSearch {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TEXT = "VARCHAR";
    private static final String NUMBER = "DOUBLE";
    private static final String WHOLE = "BIGINT";

    /** The columns of the table {@code runs}, by DuckDB's types. */
    public static final Map<String, String> COLUMNS = columns();

    private static final int LONGEST_LIST = 100;

    private static final Pattern FROM_LAST = Pattern.compile("last(?:-(\\d{1,9}))?");

    private RunSearch() {}

    private static Map<String, String> columns() {
        Map<String, String> columns = new LinkedHashMap<>();
        columns.put("id", TEXT);
        columns.put("time", "TIMESTAMP");
        columns.put("command", TEXT);
        columns.put("line", TEXT);
        columns.put("arguments", "VARCHAR[]");
        columns.put("model", TEXT);
        columns.put("options", "MAP(VARCHAR, VARCHAR)");
        columns.put("seed", WHOLE);
        columns.put("metric", TEXT);
        columns.put("value", NUMBER);
        columns.put("data", TEXT);
        columns.put("split", TEXT);
        columns.put("examples", WHOLE);
        columns.put("parameters", WHOLE);
        columns.put("outcome", TEXT);
        columns.put("seconds", NUMBER);
        columns.put("threads", WHOLE);
        columns.put("machine", TEXT);
        columns.put("java", TEXT);
        columns.put("version", TEXT);
        columns.put("result", "JSON");
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

    private static ObjectNode row(Run run) {
        JsonNode result = run.result() == null ? JSON.createObjectNode() : run.result();
        List<Measurement> measured = run.measured();
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", run.id());
        row.put("time", run.time());
        row.put("command", run.command());
        row.put("line", run.line());
        row.put("arguments", run.arguments());
        row.put("model", run.provenance().model());
        row.put("options", run.options());
        row.put("seed", run.options().get("seed"));
        row.put("metric", only(measured.stream().map(m -> m.metric().name())));
        row.put("value", value(result, measured));
        row.put("data", only(measured.stream().map(Measurement::data).filter(data -> !data.isEmpty())));
        row.put("split", only(measured.stream().map(Measurement::split)));
        row.put("examples", only(measured.stream().map(Measurement::examples)));
        row.put("parameters", parameters(run));
        row.put("outcome", run.outcome());
        row.put("seconds", run.seconds());
        row.put("threads", run.provenance().threads());
        row.put("machine", run.provenance().machine());
        row.put("java", run.provenance().java());
        row.put("version", run.provenance().version());
        row.put("result", withoutLongLists(result));
        return JSON.valueToTree(row);
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

    /** What all say; null where they say nothing, or not the same. */
    private static <T> T only(Stream<T> values) {
        List<T> distinct = values.filter(Objects::nonNull).distinct().toList();
        return distinct.size() == 1 ? distinct.get(0) : null;
    }

    /** The value that a run is about: what was measured, after tuning, of the best window, of the only model. */
    private static JsonNode value(JsonNode result, List<Measurement> measured) {
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
                                + found.get(0).id() + ", " + found.get(1).id() + (found.size() > 2 ? ", …" : ""));
    }
}
