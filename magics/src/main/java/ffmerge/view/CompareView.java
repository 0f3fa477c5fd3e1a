package ffmerge.view;

import ffmerge.Measure;
import ffmerge.plot.Plot;
import ffmerge.result.CompareResult;
import ffmerge.result.CompareResult.Axis;
import ffmerge.result.CompareResult.Row;
import ffmerge.result.Difference;
import ffmerge.result.FewExamples;
import ffmerge.result.Interval;
import ffmerge.result.Labels;
import ffmerge.result.TextProtocol;
import ffmerge.table.Columns;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import tech.tablesaw.api.Table;

/** Models side by side: quality against size and speed. */
final class CompareView implements View<CompareResult> {
    @Override
    public Class<CompareResult> type() {
        return CompareResult.class;
    }

    @Override
    public String command(CompareResult result) {
        return "compare";
    }

    @Override
    public String outcome(CompareResult result) {
        return models(result);
    }

    private static String models(CompareResult result) {
        return Labels.counted(result.rows().size(), "models");
    }

    @Override
    public boolean isList(CompareResult result) {
        return true;
    }

    @Override
    public String sentence(CompareResult r) {
        Comparator<Row> byValue = Comparator.comparingDouble(Row::value);
        String where = models(r) + " on " + r.data() + " " + r.split() + " (" + samples(r) + ")";
        boolean oneMetric = r.measures().size() == 1;
        if (!oneMetric || r.rows().size() == 1) {
            return where + shares(r) + "." + few(r) + undrawn(r) + protocols(r) + Labels.precision(r.precision())
                    + work(r) + speed(r);
        }
        Row best = r.rows().stream()
                .filter(row -> !Double.isNaN(row.value()))
                .max(r.higherIsBetter() ? byValue : byValue.reversed())
                .orElse(r.rows().get(0));
        return where + "; the best is " + best.model() + ", " + value(best) + unlessNoise(best) + smallest(r)
                + shares(r) + "." + few(r) + undrawn(r) + protocols(r) + Labels.precision(r.precision()) + work(r)
                + speed(r);
    }

    /** Models that the picture has no place for. */
    private static String undrawn(CompareResult r) {
        List<String> names = r.rows().stream()
                .filter(row -> !Double.isFinite(row.value()))
                .map(row -> row.model() + " (" + value(row) + ")")
                .toList();
        return names.isEmpty() ? "" : " Not in the picture: " + String.join(", ", names) + ".";
    }

    /** That the best may be no better than what it is compared to. */
    private static String unlessNoise(Row best) {
        Difference difference = best.difference();
        boolean isTold = best.fewExamples() == null || best.fewExamples().canTell();
        return difference == null || !difference.interval().holds(0) && isTold
                ? ""
                : " (no difference to " + difference.to() + " is to be told)";
    }

    /** Of what the table's shares are, where it isn't of what is largest. */
    private static String shares(CompareResult r) {
        return r.sharesOf().isEmpty() || r.rows().size() == 1 ? "" : "; shares removed are of " + r.sharesOf();
    }

    /** What merging doesn't save. */
    private static String work(CompareResult r) {
        List<String> names = r.withoutLessWork();
        return names.isEmpty()
                ? ""
                : " Merging keeps the FLOPs: " + String.join(", ", names) + (names.size() == 1 ? " does" : " do")
                        + " as many a token as "
                        + r.whole(Axis.PARAMETERS, r.rows()).model() + ".";
    }

    /** Models that are as fast as the reference, as far as can be told. */
    private static String speed(CompareResult r) {
        List<String> none = r.rows().stream()
                .filter(row -> change(row, 1) != null && change(row, 1).isNoise())
                .map(Row::model)
                .toList();
        if (none.isEmpty()) {
            return "";
        }
        return " No difference in latency to " + reference(r).orElseThrow() + " is to be told for "
                + String.join(", ", none) + (isDrawnAsNone(r) ? ": the picture draws none." : ".");
    }

    /** Whether times are drawn, as shares of those of the model that differences are to. */
    private static boolean isDrawnAsNone(CompareResult r) {
        return r.axis() == Axis.LATENCY
                && reference(r).equals(Optional.of(r.whole(r.axis(), r.rows()).model()));
    }

    private static CompareResult.LatencyDifference change(Row row, int rows) {
        return row.latencies().containsKey(rows) ? row.latencies().get(rows).difference() : null;
    }

    private static Optional<String> reference(CompareResult r) {
        return r.rows().stream()
                .map(row -> change(row, 1))
                .filter(Objects::nonNull)
                .map(CompareResult.LatencyDifference::to)
                .findFirst();
    }

    /** On how many examples; of each metric where there are several. */
    private static String samples(CompareResult r) {
        return r.rows().stream()
                .map(row -> Labels.counted(row.examples(), row.metric().examples()))
                .distinct()
                .collect(Collectors.joining(", "));
    }

    /** Of which of the numbers of examples intervals are rough. */
    private static String few(CompareResult r) {
        return r.rows().stream()
                .filter(row -> row.interval() != null)
                .map(row -> FewExamples.sentence(row.examples(), row.metric()))
                .distinct()
                .collect(Collectors.joining());
    }

    /** By what protocols texts were scored: there are several where the models' contexts differ. */
    private static String protocols(CompareResult r) {
        return r.rows().stream()
                .map(row -> TextProtocol.sentence(row.scoring()))
                .distinct()
                .collect(Collectors.joining());
    }

    private static String value(Row row) {
        return row.metric().title() + " " + Labels.value(row.metric(), row.value());
    }

    /** Told where quality is set against something else than parameters, which stand in the table. */
    private static String smallest(CompareResult r) {
        Axis axis = r.axis();
        if (axis == Axis.PARAMETERS) {
            return "";
        }
        CompareAxis words = CompareAxis.of(axis);
        Row whole = r.whole(axis, r.rows());
        Row least = r.rows().stream()
                .max(Comparator.comparingDouble(row -> axis.removed(row, whole)))
                .orElseThrow();
        if (axis == Axis.LATENCY && least.isAsFastAs(whole)) {
            return "; none is faster than " + whole.model() + " by more than noise";
        }
        return "; " + least.model() + ", " + value(least) + ", does with " + words.amount(least) + " of the "
                + words.amount(whole) + " of " + whole.model() + ", "
                + Labels.percent(axis.removed(least, whole)) + " less";
    }

    @Override
    public Optional<Table> table(CompareResult result) {
        Columns<Row> columns = new Columns<>("comparison", result.rows()).text("model", Row::model);
        // models of one task share a column; a comparison across tasks gets one each
        for (Measure metric : result.measures()) {
            columns.metricIfAny(metric, metric.title(), r -> r.metric().equals(metric) ? r.value() : Double.NaN);
        }
        if (result.rows().stream().anyMatch(r -> r.interval() != null)) {
            columns.text("95 % interval", r -> Labels.interval(r.metric(), r.interval()));
        }
        result.rows().stream()
                .filter(r -> r.difference() != null)
                .findFirst()
                .ifPresent(first -> addDifferences(columns, first.difference().to()));
        columns.count("unique parameters", Row::uniqueParameters)
                .share("parameters removed", removed(result, Axis.PARAMETERS))
                .count("bytes", Row::bytes)
                .share("bytes removed", removed(result, Axis.BYTES));
        if (result.rows().stream().anyMatch(row -> row.flopsPerToken() > 0)) {
            columns.count("bytes on disk", Row::bytesOnDisk).count("FLOPs/token", Row::flopsPerToken);
        }
        if (result.rows().stream().anyMatch(row -> row.tuningTokens() != null)) {
            columns.text("tuning tokens", row -> row.tuningTokens() == null ? "" : Labels.count(row.tuningTokens()));
        }
        columns.numbers("tokens/s", "#,##0", Row::tokensPerSecond);
        if (isTimed(result)) {
            columns.numbers("latency, ms", "#,##0.0", r -> 1e3 * r.latency());
        }
        reference(result).ifPresent(to -> addLatencies(columns, result, to));
        return Optional.of(columns.numbers("seconds", "#,##0.0", Row::seconds).table());
    }

    /** Whether latency is more than a few runs of each model by itself, whose noise no difference could be told from. */
    private static boolean isTimed(CompareResult result) {
        return result.axis() == Axis.LATENCY
                || result.rows().stream().anyMatch(row -> row.latencies().size() > 1);
    }

    /** Of models that were timed in turn. */
    private static void addLatencies(Columns<Row> columns, CompareResult result, String to) {
        for (int rows : result.rows().get(0).latencies().keySet()) {
            String name = rows == 1 ? "latency" : "latency of " + rows;
            if (rows > 1) {
                columns.numbers(
                        name + ", ms",
                        "#,##0.0",
                        r -> 1e3 * r.latencies().get(rows).seconds());
            }
            columns.text(
                            name + ", its interval",
                            r -> milliseconds(r.latencies().get(rows).interval()))
                    .text(
                            name + " to " + to,
                            r -> Optional.ofNullable(change(r, rows))
                                    .map(CompareView::changed)
                                    .orElse(""));
        }
    }

    private static String milliseconds(Interval interval) {
        return String.format(Locale.ROOT, "%,.1f to %,.1f", 1e3 * interval.low(), 1e3 * interval.high());
    }

    private static String changed(CompareResult.LatencyDifference difference) {
        return difference.isNoise() ? "none" : String.format(Locale.ROOT, "%+,.1f ms", 1e3 * difference.seconds());
    }

    private static void addDifferences(Columns<Row> columns, String to) {
        DifferenceColumns.text(
                columns,
                "difference to " + to,
                Row::difference,
                (row, difference) -> Labels.signed(row.metric(), difference));
        DifferenceColumns.add(columns, Row::metric, Row::difference, Row::examples);
    }

    private static ToDoubleFunction<Row> removed(CompareResult result, Axis axis) {
        return row -> axis.removed(row, result.whole(axis, result.rows()));
    }

    @Override
    public boolean isDrawn() {
        return true;
    }

    @Override
    public List<Plot> charts(CompareResult result) {
        return CompareChart.of(result);
    }
}
