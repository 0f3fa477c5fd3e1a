package ffmerge.view;

import ffmerge.result.Labels;
import ffmerge.result.Measurement;
import ffmerge.result.Run;
import ffmerge.result.RunDifference;
import ffmerge.result.RunsResult;
import ffmerge.table.Columns;
import java.util.List;
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
        if (r.differences() != null) {
            return difference(r);
        }
        if (r.exported() != null) {
            return "All that it takes to do the run " + r.runs().get(0).id() + " again is in " + r.exported()
                    + ": %ffmerge run " + r.exported();
        }
        return r.runs().size() == 1 ? "1 run." : Labels.count(r.runs().size()) + " runs, the newest last.";
    }

    private static String difference(RunsResult r) {
        String runs =
                "The runs " + r.runs().get(0).id() + " and " + r.runs().get(1).id();
        if (r.differences().isEmpty()) {
            return runs + " differ in nothing but the time.";
        }
        String kinds =
                r.differences().stream().map(RunDifference::of).distinct().collect(Collectors.joining(", "));
        boolean sameResult = r.differences().stream().noneMatch(d -> d.of().equals("result"));
        return runs + " differ in: " + kinds + "." + (sameResult ? " Their results are the same." : "");
    }

    /** As wide as a page. */
    @Override
    public Optional<Table> table(RunsResult result) {
        return Optional.of(result.differences() == null ? overview(result).table() : differences(result.differences()));
    }

    /** What two runs don't have in common, a row each. */
    static Table differences(List<RunDifference> differences) {
        return new Columns<>("differences", differences)
                .text("of", RunDifference::of)
                .text("name", RunDifference::name)
                .text("first", RunDifference::a)
                .text("second", RunDifference::b)
                .table();
    }

    /** With what a run depended on. */
    @Override
    public Optional<Table> rows(RunsResult result) {
        if (result.differences() != null) {
            return table(result);
        }
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

    /** Whether anything is done with a run by its id: one of an older version can't be done again, but cells name theirs. */
    private static boolean isNamed(Run run) {
        return run.capsule() != null
                || run.result() != null && run.result().path("units").isArray();
    }

    private static Columns<Run> overview(RunsResult result) {
        Columns<Run> columns = new Columns<>("runs", result.runs());
        if (result.runs().stream().anyMatch(RunsView::isNamed)) {
            columns.text("id", Run::id);
        }
        return columns.text("time", run -> run.time().replaceFirst("\\.\\d+", ""))
                .text("line", run -> run.line().replaceAll("\\s*\\n\\s*", "; "))
                .text("outcome", Run::outcome)
                .text("measured on", RunsView::samples)
                .numbers("seconds", "#,##0.0", Run::seconds);
    }
}
