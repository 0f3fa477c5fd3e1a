package ffmerge.view;

import ffmerge.plot.Look;
import ffmerge.plot.PointLabels;
import ffmerge.plot.ValueAxis;
import ffmerge.result.CompareResult;
import ffmerge.result.CompareResult.Row;
import ffmerge.result.Labels;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Quality against size, as in the paper's Figures 2 and 3: how good a model still is (y) when so many parameters are
 * gone (x). The largest model is what the others are measured against.
 */
final class CompareChart {
    private CompareChart() {}

    /** One chart a metric, as perplexity and accuracy share no axis. */
    static List<XYChart> of(CompareResult result) {
        CompareAxis axis = CompareAxis.of(result.axis());
        String title = "Quality against " + axis.title() + ", " + result.data() + " ";
        return result.rows().stream()
                .map(Row::metric)
                .distinct()
                .map(metric -> result.rows().stream()
                        .filter(row -> row.metric().equals(metric) && Double.isFinite(row.value()))
                        .toList())
                .filter(rows -> !rows.isEmpty())
                .map(rows -> of(title + sample(result.split(), rows.get(0)), axis, rows))
                .toList();
    }

    private static String sample(String split, Row row) {
        return Labels.sample(split, row.examples(), row.metric());
    }

    private static XYChart of(String title, CompareAxis size, List<Row> rows) {
        ValueAxis axis = new ValueAxis(rows.get(0).metric());
        Row largest = size.axis().most(rows);
        XYChart chart = Look.apply(new XYChart(900, 520));
        chart.setTitle(title);
        chart.setXAxisTitle(size.removed() + ", % of the " + size.amount(largest) + " of " + largest.model());
        chart.setYAxisTitle(axis.title());
        ToDoubleFunction<Row> removed = row -> 100 * size.axis().removed(row, largest);
        double[] ends = ends(rows.stream().mapToDouble(removed).max().orElse(0));
        chart.getStyler().setXAxisMin(ends[0]).setXAxisMax(ends[1]);
        String format = ends[1] < 5 ? "%.1f" : "%.0f";
        chart.setCustomXAxisTickLabelsFormatter(share -> String.format(Locale.ROOT, format, share));

        double best = axis.place(largest.value());
        Look.level(chart, largest.model() + ": " + Labels.value(largest.metric(), largest.value()), ends, best);
        Look.points(
                chart,
                size.superlative() + " model",
                new double[] {0},
                new double[] {best},
                Look.INK,
                SeriesMarkers.DIAMOND);
        List<Row> others = rows.stream().filter(row -> row != largest).toList();
        if (!others.isEmpty()) {
            double[] x = others.stream().mapToDouble(removed).toArray();
            double[] y = axis.place(others.stream().mapToDouble(Row::value).toArray());
            Look.points(chart, "other models", x, y, Look.BLUE, SeriesMarkers.CIRCLE);
        }
        chart.addAnnotation(new PointLabels(rows.stream()
                .map(row -> new PointLabels.Label(row.model(), removed.applyAsDouble(row), axis.place(row.value())))
                .toList()));
        axis.scale(chart, axis.place(rows.stream().mapToDouble(Row::value).toArray()));
        return chart;
    }

    /** A little beyond the points on both sides, for their names. */
    private static double[] ends(double most) {
        double span = Math.max(1, most);
        return new double[] {-0.03 * span, 1.08 * span};
    }
}
