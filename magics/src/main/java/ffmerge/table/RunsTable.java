package ffmerge.table;

import ffmerge.result.Run;
import ffmerge.result.RunsResult;
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
                .text("outcome", Run::outcome)
                .numbers("seconds", "#,##0.0", Run::seconds);
    }
}
