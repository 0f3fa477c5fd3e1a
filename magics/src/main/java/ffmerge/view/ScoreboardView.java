package ffmerge.view;

import ffmerge.Measure;
import ffmerge.plot.Plot;
import ffmerge.result.Labels;
import ffmerge.result.ScoreboardResult;
import ffmerge.result.ScoreboardResult.Row;
import ffmerge.table.Columns;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import tech.tablesaw.api.Table;

/** Ours and theirs side by side: a value as it was measured, its change against its own baseline, what differs. */
final class ScoreboardView implements View<ScoreboardResult> {
    @Override
    public Class<ScoreboardResult> type() {
        return ScoreboardResult.class;
    }

    @Override
    public String command(ScoreboardResult result) {
        return "scoreboard";
    }

    @Override
    public boolean isFinding() {
        return false;
    }

    @Override
    public boolean isList(ScoreboardResult result) {
        return true;
    }

    /** As wide as a page; values are text, as rows differ in their metric. */
    @Override
    public Optional<Table> table(ScoreboardResult result) {
        List<String> common = result.allDifferIn();
        return Optional.of(new Columns<>("scoreboard", result.rows())
                .text("model", row -> row.model() + ": " + row.source() + " " + row.layers())
                .text("method", row -> row.title() + (row.steps() == 0 ? "" : ", tuned" + tokens(row)))
                .share("FFs removed", Row::feedForwardsRemoved)
                .share("parameters removed", Row::parametersRemoved)
                .text("ours", row -> values(row.metric(), row.baseline(), row.value()))
                .text("change", row -> change(row.change()))
                .text(
                        "published",
                        row -> row.published().model() + " " + row.published().window())
                .text(
                        "theirs",
                        row -> values(
                                row.published().metric(),
                                row.published().baseline(),
                                row.published().value()))
                .text("their change", row -> change(row.published().change()))
                .text("difference", row -> points(row.difference()))
                .text(
                        "also differs in",
                        row -> row.differs().stream()
                                .filter(Predicate.not(common::contains))
                                .collect(Collectors.joining("; ")))
                .table());
    }

    /** With all digits, for a file. */
    @Override
    public Optional<Table> rows(ScoreboardResult result) {
        return Optional.of(new Columns<>("scoreboard", result.rows())
                .text("time", Row::time)
                .text("command", Row::command)
                .text("model", Row::model)
                .text("source", Row::source)
                .text("method", Row::method)
                .text("layers", Row::layers)
                .count("tuning steps", Row::steps)
                .text("tuning tokens", row -> row.tuningTokens() == null ? "" : String.valueOf(row.tuningTokens()))
                .share("FFs removed", Row::feedForwardsRemoved)
                .share("parameters removed", Row::parametersRemoved)
                .text("metric", row -> row.metric().name())
                .numbers("value", "0.0000", Row::value)
                .numbers("baseline", "0.0000", Row::baseline)
                .share("change", Row::change)
                .text("published model", row -> row.published().model())
                .text("published window", row -> row.published().window())
                .share("published FFs removed", row -> row.published().feedForwardsRemoved())
                .share("published parameters removed", row -> row.published().parametersRemoved())
                .numbers("published value", "0.0000", row -> row.published().value())
                .numbers("published baseline", "0.0000", row -> row.published().baseline())
                .share("published change", row -> row.published().change())
                .share("difference", Row::difference)
                .text("differs in", row -> String.join("; ", row.differs()))
                .table());
    }

    @Override
    public String sentence(ScoreboardResult result) {
        if (result.rows().isEmpty()) {
            return "Nothing in the log can be set beside the paper's results: merge a model, then eval or compare it and"
                    + " the whole one on the same data.";
        }
        List<Row> measured = result.rows().stream()
                .filter(row -> Double.isFinite(row.difference()))
                .toList();
        int rows = result.rows().size();
        String all = (rows == 1 ? "1 model" : rows + " models") + " of the log beside " + result.source();
        if (measured.isEmpty()) {
            return all + "; none was measured on the data of its unchanged model yet." + differences(result);
        }
        Row last = measured.get(measured.size() - 1);
        return all + "; the newest, " + last.model() + ", changes its "
                + last.metric().title() + " by "
                + change(last.change()) + ", " + last.published().model() + " "
                + last.published().window() + " by " + change(last.published().change()) + "."
                + differences(result);
    }

    /** What would stand in every row stands once. */
    private static String differences(ScoreboardResult result) {
        List<String> common = result.allDifferIn();
        if (common.isEmpty()) {
            return "";
        }
        String which = result.rows().size() == 1 ? "It differs" : "All differ";
        return " " + which + " from the paper's in: " + String.join("; ", common) + ".";
    }

    private static String tokens(Row row) {
        return row.tuningTokens() == null ? "" : " on " + Labels.counted(row.tuningTokens(), "tokens");
    }

    private static String values(Measure metric, double before, double after) {
        if (Double.isNaN(after)) {
            return "not measured";
        }
        return (Double.isNaN(before) ? "?" : Labels.value(metric, before)) + " → " + Labels.value(metric, after);
    }

    private static String change(double share) {
        return Double.isNaN(share) ? "" : String.format(Locale.ROOT, "%+.1f %%", 100 * share);
    }

    private static String points(double share) {
        return Double.isNaN(share) ? "" : String.format(Locale.ROOT, "%+.1f points", 100 * share);
    }

    @Override
    public boolean isDrawn() {
        return true;
    }

    @Override
    public List<Plot> charts(ScoreboardResult result) {
        return ScoreboardChart.of(result);
    }
}
