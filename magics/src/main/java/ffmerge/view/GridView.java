package ffmerge.view;

import ffmerge.plot.Plot;
import ffmerge.result.CompareResult;
import ffmerge.result.Difference;
import ffmerge.result.FewExamples;
import ffmerge.result.GridResult;
import ffmerge.result.GridResult.Cell;
import ffmerge.result.GridResult.Row;
import ffmerge.result.Interval;
import ffmerge.result.Labels;
import ffmerge.result.TextProtocol;
import ffmerge.table.Columns;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import tech.tablesaw.api.Table;

/** Ways to shrink side by side: as a table a row a way and size, with the mean over seeds and every seed. */
final class GridView implements View<GridResult> {
    @Override
    public Class<GridResult> type() {
        return GridResult.class;
    }

    @Override
    public String command(GridResult result) {
        return "grid";
    }

    @Override
    public String outcome(GridResult r) {
        return Labels.counted(r.cells().size(), "cells");
    }

    @Override
    public boolean isList(GridResult result) {
        return true;
    }

    @Override
    public String sentence(GridResult r) {
        String where = r.model() + ": " + Labels.counted(r.cells().size(), "cells") + " on " + r.data() + " "
                + Labels.sample(r.split(), r.examples(), r.metric())
                + (r.steps() == 0 ? "" : ", each tuned for " + Labels.counted(r.steps(), "steps") + kept(r));
        return where + best(r) + (r.reused() == 0 ? "" : "; " + r.reused() + " of all stood in the log already") + "."
                + against(r) + reference(r) + adapters(r) + FewExamples.sentence(r.examples(), r.metric())
                + TextProtocol.sentence(r.scoring());
    }

    /** Whose weights are measured: not always those after the last step. */
    private static String kept(GridResult r) {
        long earlier = r.all().stream()
                .map(cell -> cell.model().bestStep())
                .filter(step -> step != null && step < r.steps())
                .count();
        return earlier == 0
                ? ""
                : ", of which those are kept that validate best: in " + Labels.counted(earlier, "cells")
                        + " fewer than all";
    }

    /** Whether it came out as in an earlier grid. */
    private static String against(GridResult r) {
        GridResult.Against against = r.against();
        if (against == null) {
            return "";
        }
        String outside = against.outside().stream()
                .map(cell -> cell.way()
                        + (cell.size() == null ? "" : ", " + Labels.share(cell.size()))
                        + (cell.seed() == null ? "" : ", seed " + cell.seed())
                        + " with " + Labels.value(r.metric(), cell.value()) + ", then "
                        + Labels.value(r.metric(), cell.before()) + " (" + Labels.interval(r.metric(), cell.interval())
                        + ")")
                .collect(Collectors.joining("; "));
        return " " + against.inside() + " of " + Labels.counted(against.cells(), "cells") + ", "
                + Labels.percent(against.cells() == 0 ? 0 : (double) against.inside() / against.cells())
                + ", lie inside the 95 % intervals of " + against.file()
                + (against.missing() == 0 ? "" : ", which has " + against.missing() + " more")
                + (outside.isEmpty() ? "." : "; outside: " + outside + ".")
                + " Controls are counted among them."
                + (r.reused() == 0 ? "" : " What stood in the log was not computed anew: add anew: true for that.");
    }

    private static String reference(GridResult r) {
        return r.reference().equals(GridResult.UNCHANGED_TUNED)
                ? " Differences are to the unchanged model that was tuned the same way, by the same seed."
                : "";
    }

    /** Parameters that a way didn't take, but tuning added. */
    private static String adapters(GridResult r) {
        String ways = r.rows().stream()
                .filter(row -> row.adapterParameters() != null)
                .map(Row::way)
                .distinct()
                .collect(Collectors.joining(", "));
        return ways.isEmpty() ? "" : " Tuned by adapters, which count among the parameters and bytes: " + ways + ".";
    }

    /** The unchanged model, and of each size the way whose mean is best. */
    private static String best(GridResult r) {
        String unchanged = r.controls().stream()
                .filter(cell -> cell.value() != null)
                .limit(1)
                .map(cell ->
                        "; " + cell.way() + " " + r.metric().title() + " " + Labels.value(r.metric(), cell.value()))
                .collect(Collectors.joining());
        return r.rows().stream()
                .map(Row::size)
                .filter(Objects::nonNull)
                .distinct()
                .flatMap(size -> best(r, size).stream())
                .collect(Collectors.joining("", unchanged, ""));
    }

    private static Optional<String> best(GridResult r, double size) {
        Comparator<Row> byValue = Comparator.comparingDouble(Row::value);
        return r.rows().stream()
                .filter(row -> row.size() != null && row.size() == size && row.isFinite())
                .min(r.higherIsBetter() ? byValue.reversed() : byValue)
                .map(row -> ", at " + Labels.share(size) + " of the " + r.of() + " best " + row.way() + ", "
                        + Labels.value(r.metric(), row.value()));
    }

    @Override
    public Optional<Table> table(GridResult r) {
        Columns<Row> columns = new Columns<>("grid", r.rows())
                .text("way", Row::way)
                .text("size", row -> row.size() == null ? "" : Labels.share(row.size()))
                .metricIfAny(r.metric(), r.metric().title() + ", mean", row -> number(row.value()))
                .text("95 % interval", row -> Labels.interval(r.metric(), row.interval()));
        if (r.rows().stream().anyMatch(row -> row.values().size() > 1)) {
            columns.text("every seed", row -> seeds(r, row));
        }
        columns.text("layers", row -> layers(r, row))
                .text("unique parameters", row -> count(row.parameters()))
                .share("parameters removed", row -> number(row.removed()))
                .text("bytes", row -> count(row.bytes()));
        if (r.rows().stream().anyMatch(row -> row.adapterParameters() != null)) {
            columns.text("of them in adapters", row -> count(row.adapterParameters()));
        }
        if (r.rows().stream().anyMatch(row -> row.tuningTokens() != null)) {
            columns.text("tuning tokens", row -> count(row.tuningTokens()));
        }
        if (r.rows().stream().anyMatch(row -> row.latency() != null)) {
            columns.share("time of the unchanged", row -> number(row.latency()));
        }
        DifferenceColumns.text(
                columns,
                "difference to " + r.reference(),
                Row::difference,
                (row, difference) -> Labels.signed(r.metric(), difference));
        DifferenceColumns.add(columns, row -> r.metric(), Row::difference, row -> r.examples());
        columns.text("on the front of", row -> fronts(r, row));
        if (r.rows().stream().anyMatch(row -> !row.outcome().isEmpty())) {
            columns.text("outcome", Row::outcome);
        }
        return Optional.of(columns.table());
    }

    /** Each seed's value where there are several. */
    private static String seeds(GridResult r, Row row) {
        return row.values().size() < 2
                ? ""
                : row.values().stream()
                        .map(value -> Labels.value(r.metric(), value))
                        .collect(Collectors.joining(", "));
    }

    static String layers(GridResult r, Row row) {
        return r.cells(row).stream()
                .map(cell -> cell.model().layers())
                .filter(layers -> !layers.isEmpty())
                .distinct()
                .collect(Collectors.joining(" or "));
    }

    private static String fronts(GridResult r, Row row) {
        return r.fronts().entrySet().stream()
                .filter(front -> front.getValue().stream()
                        .anyMatch(on -> on.way().equals(row.way()) && Objects.equals(on.size(), row.size())))
                .map(Map.Entry::getKey)
                .collect(Collectors.joining(", "));
    }

    private static double number(Double value) {
        return value == null ? Double.NaN : value;
    }

    private static String count(Long count) {
        return count == null ? "" : Labels.count(count);
    }

    /** A row a cell. */
    @Override
    public Optional<Table> rows(GridResult r) {
        Columns<Cell> columns = new Columns<>("cells", r.all())
                .text("way", Cell::way)
                .numbers("size", "0.####", cell -> number(cell.size()))
                .text("seed", cell -> cell.seed() == null ? "" : String.valueOf(cell.seed()))
                .metricIfAny(r.metric(), r.metric().title(), cell -> number(cell.value()))
                .numbers("low", "0.0000", cell -> interval(cell.model().interval(), Interval::low))
                .numbers("high", "0.0000", cell -> interval(cell.model().interval(), Interval::high))
                .text("layers", cell -> cell.model().layers())
                .text("unique parameters", cell -> plain(cell.model().parameters()))
                .share("parameters removed", cell -> number(cell.model().removed()))
                .text("bytes", cell -> plain(cell.model().bytes()))
                .numbers("difference", "0.0000", cell -> difference(cell.difference(), Difference::value))
                .numbers(
                        "difference, low",
                        "0.0000",
                        cell -> difference(cell.difference(), d -> d.interval().low()))
                .numbers(
                        "difference, high",
                        "0.0000",
                        cell -> difference(cell.difference(), d -> d.interval().high()))
                .numbers(
                        "p (Holm)",
                        "0.0000",
                        cell -> difference(cell.difference(), d -> FewExamples.least(d.pOfAll(), r.examples())))
                .text(
                        "kept step",
                        cell -> cell.model().bestStep() == null
                                ? ""
                                : String.valueOf(cell.model().bestStep()))
                .text("tuning tokens", cell -> plain(cell.model().tuningTokens()))
                .text("parameters in adapters", cell -> plain(cell.model().adapterParameters()))
                .numbers("seconds, 1 at a time", "0.00000", cell -> seconds(cell, 1))
                .numbers("seconds, 8 at a time", "0.00000", cell -> seconds(cell, 8))
                .text(
                        "lineage",
                        cell -> cell.model().lineage() == null
                                ? ""
                                : cell.model().lineage().toString())
                .text("run", cell -> cell.run() == null ? "" : cell.run())
                .text("outcome", Cell::outcome);
        return Optional.of(columns.table());
    }

    private static double interval(Interval interval, ToDoubleFunction<Interval> bound) {
        return interval == null ? Double.NaN : bound.applyAsDouble(interval);
    }

    private static double difference(Difference difference, ToDoubleFunction<Difference> of) {
        return difference == null ? Double.NaN : of.applyAsDouble(difference);
    }

    private static double seconds(Cell cell, int together) {
        CompareResult.Latency latency = cell.model().latency().get(together);
        return latency == null ? Double.NaN : latency.seconds();
    }

    private static String plain(Long count) {
        return count == null ? "" : String.valueOf(count);
    }

    @Override
    public boolean isDrawn() {
        return true;
    }

    @Override
    public List<Plot> charts(GridResult result) {
        return GridChart.of(result);
    }
}
