package ffmerge.table;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.journal.Run;
import ffmerge.result.Labels;
import ffmerge.result.RunsResult;
import java.util.stream.Collectors;
import tech.tablesaw.api.Table;

/** The log of runs, each with what came out of it in a few words. */
final class RunsTable {
    private RunsTable() {}

    /** As wide as a page. */
    static Table overview(RunsResult result) {
        return overviewColumns(result).table();
    }

    /** With what a run depended on. */
    static Table runs(RunsResult result) {
        return overviewColumns(result)
                .text("model", run -> run.provenance().model())
                .count("threads", run -> run.provenance().threads())
                .text("machine", run -> run.provenance().machine())
                .text("java", run -> run.provenance().java())
                .text("version", run -> run.provenance().version())
                .table();
    }

    private static Columns<Run> overviewColumns(RunsResult result) {
        return new Columns<>("runs", result.runs())
                .text("time", run -> run.time().replaceFirst("\\.\\d+", ""))
                .text("line", run -> run.line().replaceAll("\\s*\\n\\s*", "; "))
                .text("outcome", run -> outcome(run.result()))
                .numbers("seconds", "#,##0.0", Run::seconds);
    }

    /** From a result's JSON, as a log may be older than the records. */
    static String outcome(JsonNode result) {
        String metric = result.path("metric").asText();
        if (result.path("best").isObject()) {
            return Labels.metric(metric) + " " + value(metric, result.at("/best/value")) + " at best";
        }
        if (result.has("after")) {
            return Labels.metric(metric) + " " + value(metric, result.path("before")) + " → "
                    + value(metric, result.path("after"));
        }
        if (result.has("value")) {
            return Labels.metric(metric) + " " + value(metric, result.path("value"));
        }
        if (result.has("parametersAfter")) {
            return Labels.count(result.path("parametersAfter").asLong()) + " parameters";
        }
        if (result.at("/model/uniqueParameters").isNumber()) {
            return Labels.count(result.at("/model/uniqueParameters").asLong()) + " parameters";
        }
        if (result.path("matchedCorrelation").isNumber()) {
            return "matched correlation "
                    + Labels.value("", result.path("matchedCorrelation").asDouble());
        }
        if (result.path("wrong").isObject()) {
            return result.path("wrong").properties().stream()
                            .map(e -> e.getValue().asText())
                            .collect(Collectors.joining(", "))
                    + " images mistaken";
        }
        if (result.path("rows").isArray()) {
            return result.path("rows").size() + " models";
        }
        return result.path("folder").asText();
    }

    /** JSON has no NaN: a value that was none is null there. */
    private static String value(String metric, JsonNode value) {
        return Labels.value(metric, value.asDouble(Double.NaN));
    }
}
