package ffmerge.view;

import ffmerge.result.Labels;
import ffmerge.result.Measurement;
import ffmerge.result.Run;
import ffmerge.result.RunsResult;
import ffmerge.table.Columns;
import java.util.Optional;
import java.util.stream.Collectors;
import tech.tablesaw.api.Table;

/** The log of runs, each with what came out of it in a few words. */
final class RunsView implements View<RunsResult> {
    @Override
    public Class<RunsResult> type() {
        return RunsResult.class;
    }

    @Override
    public String command(RunsResult result) {
        return "runs";
    }

    @Override
    public boolean isFinding() {
        return false;
    }

    @Override
    public boolean isList(RunsResult result) {
        return true;
    }

    @Override
    public String sentence(RunsResult r) {
        return r.runs().size() == 1 ? "1 run." : Labels.count(r.runs().size()) + " runs, the newest last.";
    }

    /** As wide as a page. */
    @Override
    public Optional<Table> table(RunsResult result) {
        return Optional.of(overview(result).table());
    }

    /** With what a run depended on. */
    @Override
    public Optional<Table> rows(RunsResult result) {
        return Optional.of(overview(result)
                .text("model", run -> run.provenance().model())
                .count("threads", run -> run.provenance().threads())
                .text("machine", run -> run.provenance().machine())
                .text("java", run -> run.provenance().java())
                .text("version", run -> run.provenance().version())
                .table());
    }

    /** Without it a model's values of different runs would look as if they could be compared. */
    private static String samples(Run run) {
        return run.measured().stream().map(Measurement::sample).distinct().collect(Collectors.joining("; "));
    }

    private static Columns<Run> overview(RunsResult result) {
        return new Columns<>("runs", result.runs())
                .text("time", run -> run.time().replaceFirst("\\.\\d+", ""))
                .text("line", run -> run.line().replaceAll("\\s*\\n\\s*", "; "))
                .text("outcome", Run::outcome)
                .text("measured on", RunsView::samples)
                .numbers("seconds", "#,##0.0", Run::seconds);
    }
}
