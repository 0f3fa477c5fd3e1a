package ffmerge.view;

import ffmerge.plot.IntervalBars;
import ffmerge.plot.Look;
import ffmerge.plot.PointLabels;
import ffmerge.plot.ValueAxis;
import ffmerge.result.CompareResult;
import ffmerge.result.CompareResult.Row;
import ffmerge.result.Labels;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Quality against size, as in the paper's Figures 2 and 3: how good a model still is (y) when so many parameters are
 * gone (x). The original, or the largest model, is what the others are measured against.
 */
final class CompareChart {
    private CompareChart() {}

    /** One chart a metric, as perplexity and accuracy share no axis. */
    static List<XYChart> of(CompareResult result) {
        CompareAxis axis = CompareAxis.of(result.axis());
        String work = result.withoutLessWork().isEmpty() ? "" : " (merging keeps the FLOPs)";
        String title = "Quality against " + axis.title() + work + ", " + result.data() + " ";
        return result.rows().stream()
                .map(Row::metric)
                .distinct()
                .map(metric -> result.rows().stream()
                        .filter(row -> row.metric().equals(metric) && Double.isFinite(row.value()))
                        .toList())
                .filter(rows -> !rows.isEmpty())
                .map(rows ->
                        of(title + sample(result.split(), rows.get(0)), axis, rows, result.whole(result.axis(), rows)))
                .toList();
    }

    private static String sample(String split, Row row) {
        return Labels.sample(split, row.examples(), row.metric());
    }

    private static XYChart of(String title, CompareAxis size, List<Row> rows, Row whole) {
        ValueAxis axis = new ValueAxis(rows.get(0).metric());
        XYChart chart = Look.apply(new XYChart(900, 520));
        chart.setTitle(title);
        chart.setXAxisTitle(size.removed() + ", % of the " + size.amount(whole) + " of " + whole.model());
        chart.setYAxisTitle(axis.title());
        ToDoubleFunction<Row> removed = row -> 100 * size.axis().removed(row, whole);
        double[] ends = ends(rows.stream().mapToDouble(removed).summaryStatistics());
        chart.getStyler().setXAxisMin(ends[0]).setXAxisMax(ends[1]);
        String format = ends[1] < 5 ? "%.1f" : "%.0f";
        chart.setCustomXAxisTickLabelsFormatter(share -> String.format(Locale.ROOT, format, share));

        double best = axis.place(whole.value());
        Look.level(chart, whole.model() + ": " + Labels.value(whole.metric(), whole.value()), ends, best);
        Look.points(
                chart,
                whole == size.axis().most(rows) ? size.superlative() + " model" : "original model",
                new double[] {0},
                new double[] {best},
                Look.INK,
                SeriesMarkers.DIAMOND);
        List<Row> others = rows.stream().filter(row -> row != whole).toList();
        if (!others.isEmpty()) {
            double[] x = others.stream().mapToDouble(removed).toArray();
            double[] y = axis.place(others.stream().mapToDouble(Row::value).toArray());
            Look.points(chart, "other models", x, y, Look.BLUE, SeriesMarkers.CIRCLE);
        }
        chart.addAnnotation(new PointLabels(rows.stream()
                .map(row -> new PointLabels.Label(row.model(), removed.applyAsDouble(row), axis.place(row.value())))
                .toList()));
        IntervalBars.add(
                chart,
                rows.stream()
                        .filter(row -> row.interval() != null)
                        .map(row -> new IntervalBars.Bar(
                                removed.applyAsDouble(row),
                                axis.place(row.interval().low()),
                                axis.place(row.interval().high()),
                                row == whole ? Look.INK : Look.BLUE))
                        .toList());
        axis.scale(
                chart,
                axis.place(rows.stream()
                        .flatMapToDouble(row -> row.interval() == null
                                ? DoubleStream.of(row.value())
                                : DoubleStream.of(
                                        row.value(),
                                        row.interval().low(),
                                        row.interval().high()))
                        .toArray()));
        return chart;
    }

    /** A little beyond the points on both sides, for their names. */
    private static double[] ends(DoubleSummaryStatistics removed) {
        double span = Math.max(1, removed.getMax());
        double more = Math.min(0, removed.getMin()); // than the whole, as models with adapters have
        return new double[] {-0.03 * span + 1.08 * more, 1.08 * span};
    }
}
