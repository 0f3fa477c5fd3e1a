package ffmerge.view;

import ffmerge.plot.Look;
import ffmerge.plot.Mark;
import ffmerge.plot.MethodStyle;
import ffmerge.plot.Plot;
import ffmerge.plot.ValueAxis;
import ffmerge.result.CompareResult;
import ffmerge.result.CompareResult.Row;
import ffmerge.result.Labels;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYSeries;

/**
 * Quality against size, as in the paper's Figures 2 and 3: how good a model still is (y) when so many parameters are
 * gone (x), a line a method.
 * The original, or the largest model, is what the others are measured against.
 */
final class CompareChart {
    private static final String OTHERS = "other models";

    private CompareChart() {}

    /** One chart a metric, as perplexity and accuracy share no axis. */
    static List<Plot> of(CompareResult result) {
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
                .map(rows -> of(
                        title + sample(result.split(), rows.get(0)),
                        result,
                        axis,
                        rows,
                        result.whole(result.axis(), rows)))
                .toList();
    }

    private static String sample(String split, Row row) {
        return Labels.sample(split, row.examples(), row.metric());
    }

    private static Plot of(String title, CompareResult result, CompareAxis size, List<Row> rows, Row whole) {
        ValueAxis axis = new ValueAxis(rows.get(0).metric());
        Plot chart = new Plot(900, 520);
        chart.setTitle(title);
        String xTitle = size.removed() + ", % of the " + size.amount(whole) + " of " + whole.model();
        Map<Double, String> places = CompressionRatio.places(
                result, rows, whole, row -> 100 * size.axis().removed(row, whole));
        chart.setXPlaces(places);
        chart.setXAxisTitle(places.isEmpty() ? xTitle : xTitle + " (share of its FF sublayers)");
        chart.setYAxisTitle(axis.title());
        ToDoubleFunction<Row> removed = row -> 100 * size.axis().removed(row, whole);
        double[] ends = ends(rows.stream().mapToDouble(removed).summaryStatistics());
        chart.getStyler().setXAxisMin(ends[0]).setXAxisMax(ends[1]);

        double best = axis.place(whole.value());
        Look.level(chart, whole.model() + ": " + Labels.value(whole.metric(), whole.value()), ends, best);
        XYSeries original = Look.points(
                chart,
                whole == size.axis().most(rows) ? size.superlative() + " model" : "original model",
                new double[] {0},
                new double[] {best},
                MethodStyle.UNCHANGED.color(),
                MethodStyle.UNCHANGED.mark());
        chart.hover(original, List.of(told(whole, size, whole)));
        Map<Row, Color> colors = new HashMap<>(Map.of(whole, MethodStyle.UNCHANGED.color()));
        for (Method method : methods(result, rows, whole)) {
            method.rows().forEach(row -> colors.put(row, method.style().color()));
            XYSeries series = method.addTo(chart, removed, axis);
            chart.hover(
                    series,
                    method.inOrder(removed).stream()
                            .map(row -> told(row, size, whole))
                            .toList());
        }
        chart.addLabels(rows.stream()
                .map(row -> new Plot.Label(row.model(), removed.applyAsDouble(row), axis.place(row.value())))
                .toList());
        chart.addIntervals(rows.stream()
                .flatMap(row -> Intervals.of(axis, removed.applyAsDouble(row), row.interval(), colors.get(row)))
                .toList());
        axis.scale(chart, axis.place(rows.stream().mapToDouble(Row::value).toArray()));
        return chart;
    }

    /** {@code small: 87.79 (85.10 to 90.20), 22.43 % less}. */
    private static String told(Row row, CompareAxis size, Row whole) {
        String interval = Labels.interval(row.metric(), row.interval());
        return row.model() + ": " + row.metric().title() + " " + Labels.value(row.metric(), row.value())
                + (interval.isEmpty() ? "" : " (" + interval + ")") + ", " + size.amount(row)
                + (row == whole ? "" : ", " + Labels.percent(size.axis().removed(row, whole)) + " less");
    }

    /** Models that were made smaller in the same way: a line where there are several. */
    private record Method(String name, MethodStyle style, int variant, List<Row> rows) {
        List<Row> inOrder(ToDoubleFunction<Row> removed) {
            return rows.stream().sorted(Comparator.comparingDouble(removed)).toList();
        }

        XYSeries addTo(Plot chart, ToDoubleFunction<Row> removed, ValueAxis axis) {
            List<Row> ordered = inOrder(removed);
            double[] x = ordered.stream().mapToDouble(removed).toArray();
            double[] y = axis.place(ordered.stream().mapToDouble(Row::value).toArray());
            MethodStyle own = style.variant(variant);
            boolean isLine = !name.equals(OTHERS) && Arrays.stream(x).distinct().count() > 1;
            if (!isLine) {
                return Look.points(chart, name, x, y, own.color(), own.mark());
            }
            XYSeries line = Look.line(chart, name, x, y, own);
            line.setLineStyle(Look.stroke(variant));
            return line;
        }
    }

    /** In the order in which they come; those of which nobody knows how they were made last. */
    private static List<Method> methods(CompareResult result, List<Row> rows, Row whole) {
        Map<String, List<Row>> byName = new LinkedHashMap<>();
        rows.stream()
                .filter(row -> row != whole)
                .forEach(row -> byName.computeIfAbsent(name(result, row), name -> new ArrayList<>())
                        .add(row));
        List<Row> others = byName.remove(OTHERS);
        Map<MethodStyle, Integer> seen = new HashMap<>();
        List<Method> methods = new ArrayList<>();
        byName.forEach((name, own) -> {
            MethodStyle style =
                    MethodStyle.of(result.made().get(own.get(0).model()).words());
            methods.add(new Method(name, style, seen.merge(style, 1, Integer::sum) - 1, own));
        });
        if (others != null) {
            methods.add(new Method(OTHERS, new MethodStyle(Look.BLUE, Mark.CIRCLE), 0, others));
        }
        return methods;
    }

    private static String name(CompareResult result, Row row) {
        CompareResult.Made made = result.made().get(row.model());
        return made == null ? OTHERS : made.title() + (made.steps() > 0 ? ", tuned" : "");
    }

    /** A little beyond the points on both sides, for their names. */
    private static double[] ends(DoubleSummaryStatistics removed) {
        double span = Math.max(1, removed.getMax());
        double more = Math.min(0, removed.getMin()); // than the whole, as models with adapters have
        return new double[] {-0.03 * span + 1.08 * more, 1.08 * span};
    }
}
