package ffmerge.view;

import ffmerge.plot.Look;
import ffmerge.plot.Plot;
import ffmerge.plot.ValueAxis;
import ffmerge.result.Interval;
import ffmerge.result.Labels;
import ffmerge.result.SweepResult;
import ffmerge.result.SweepResult.Row;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;

/**
 * Quality window by window, one line a method, as in the paper's Figure 4; of a race its change, as windows that were scored on
 * different examples compare by that alone.
 */
final class SweepChart {
    private SweepChart() {}

    /** The same with the window marked that begins at a layer. */
    static Plot of(SweepResult result, int start) {
        Plot chart = of(result);
        chart.markX(start);
        return chart;
    }

    static Plot of(SweepResult result) {
        ValueAxis axis = new ValueAxis(result.metric());
        Plot chart = new Plot(900, 520);
        chart.setTitle(title(result));
        chart.setYAxisTitle(axisTitle(axis, result));
        nameWindows(chart, result.rows());
        for (String method : result.rows().stream().map(Row::method).distinct().toList()) {
            addMethod(chart, axis, result, result.method(method));
        }
        addBaseline(chart, axis, result);
        Row best = result.best();
        if (best != null && Double.isFinite(best.value())) {
            String name = "best: " + Labels.layers(best.layers()) + ", " + label(result, drawn(result, best));
            Look.ring(chart, name, best.start(), axis.place(drawn(result, best)));
        }
        chart.addIntervals(intervals(axis, result));
        axis.scale(
                chart,
                chart.getSeriesCollection().stream()
                        .flatMapToDouble(series -> Arrays.stream(series.getYData()))
                        .toArray());
        return chart;
    }

    static String axisTitle(ValueAxis axis, SweepResult result) {
        return result.race() == null ? axis.title() : "change of " + axis.title();
    }

    /** What a picture shows of a window. */
    static double drawn(SweepResult result, Row row) {
        return result.race() == null ? row.value() : result.change(row);
    }

    /** A value as a picture shows it. */
    static String label(SweepResult result, double drawn) {
        return result.race() == null ? Labels.value(result.metric(), drawn) : Labels.signed(result.metric(), drawn);
    }

    /** Of what is drawn; null where it isn't known. */
    private static Interval interval(SweepResult result, Row row) {
        if (result.race() == null) {
            return row.interval();
        }
        boolean known = row.difference() != null && row.difference().to().equals(result.model());
        return known ? row.difference().interval() : null;
    }

    /** The 95 % intervals of all windows, in their methods' colours. */
    private static List<Plot.Interval> intervals(ValueAxis axis, SweepResult result) {
        return result.rows().stream()
                .filter(row -> Double.isFinite(row.value()))
                .flatMap(row -> Intervals.of(
                        axis,
                        row.start(),
                        interval(result, row),
                        MethodStyles.of(result.method(row.method())).color()))
                .toList();
    }

    static String title(SweepResult result) {
        return result.model() + (result.race() == null ? ": windows of " : ": a race of windows of ")
                + Labels.lengths(result.lengths()) + ", " + result.data() + " "
                + Labels.sample(result.split(), result.examples(), result.metric());
    }

    private static void nameWindows(Plot chart, List<Row> rows) {
        // a method may have windows of another length: dropping a third of the layers against merging half the FFs
        boolean oneLength = rows.stream().map(Row::length).distinct().count() == 1;
        int length = oneLength ? rows.get(0).length() : 1;
        chart.setXAxisTitle(length == 1 ? "first layer of the window" : "window, first and last layer");
        int last = rows.stream().mapToInt(Row::start).max().orElse(0);
        chart.setXNames(x -> {
            long start = Math.round(x);
            return start < 0 || start > last ? "" : length == 1 ? "" + start : start + "-" + (start + length - 1);
        });
    }

    private static void addMethod(Plot chart, ValueAxis axis, SweepResult result, SweepResult.Method method) {
        List<Row> own = result.rows().stream()
                .filter(row -> row.method().equals(method.name()) && Double.isFinite(row.value()))
                .sorted(Comparator.comparingInt(Row::start))
                .toList();
        if (own.isEmpty()) {
            return; // XChart needs a point to draw a line
        }
        double[] starts = own.stream().mapToDouble(Row::start).toArray();
        double[] values =
                own.stream().mapToDouble(row -> axis.place(drawn(result, row))).toArray();
        XYSeries line = Look.line(chart, method.title(), starts, values, MethodStyles.of(method));
        chart.hover(line, own.stream().map(row -> told(result, method, row)).toList());
    }

    /** {@code permuted 3-8: 87.79 (85.10 to 90.20)}; of a race {@code permuted 3-8: +7.14 (5.80 to 8.20), 87.79 of 24 windows}. */
    static String told(SweepResult result, SweepResult.Method method, Row row) {
        String interval = Labels.interval(result.metric(), interval(result, row));
        String value = method.title() + " " + Labels.layers(row.layers()) + ": " + label(result, drawn(result, row))
                + (interval.isEmpty() ? "" : " (" + interval + ")");
        return result.race() == null
                ? value
                : value + ", " + Labels.value(result.metric(), row.value()) + " of "
                        + Labels.counted(row.examples(), result.metric().examples());
    }

    private static void addBaseline(XYChart chart, ValueAxis axis, SweepResult result) {
        if (!Double.isFinite(result.baseline())) {
            return;
        }
        int first = result.rows().stream().mapToInt(Row::start).min().orElse(0);
        int last = result.rows().stream().mapToInt(Row::start).max().orElse(0);
        double[] starts = IntStream.rangeClosed(first, last).asDoubleStream().toArray();
        boolean isRace = result.race() != null;
        String name = "unchanged" + (isRace ? "" : ": " + Labels.value(result.metric(), result.baseline()));
        Look.level(chart, name, starts, isRace ? 0 : axis.place(result.baseline()));
    }
}
