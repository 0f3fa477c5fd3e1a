package ffmerge.view;

import ffmerge.plot.IntervalBars;
import ffmerge.plot.Look;
import ffmerge.plot.ValueAxis;
import ffmerge.result.Labels;
import ffmerge.result.SweepResult;
import ffmerge.result.SweepResult.Row;
import java.awt.Color;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Quality window by window, one line a method, as in the paper's Figure 4. */
final class SweepChart {
    /** In the order of ways to shrink: permuted, vanilla, randomly permuted, dropped, others. */
    private static final List<Color> COLORS = List.of(Look.BLUE, Look.VERMILION, Look.PURPLE, Look.GREEN, Look.ORANGE);

    private static final List<Marker> MARKERS = List.of(
            SeriesMarkers.CIRCLE,
            SeriesMarkers.SQUARE,
            SeriesMarkers.DIAMOND,
            SeriesMarkers.TRIANGLE_UP,
            SeriesMarkers.DIAMOND);

    private SweepChart() {}

    static XYChart of(SweepResult result) {
        ValueAxis axis = new ValueAxis(result.metric());
        XYChart chart = Look.apply(new XYChart(900, 520));
        chart.setTitle(title(result));
        chart.setYAxisTitle(axis.title());
        nameWindows(chart, result.rows());
        for (String method : result.rows().stream().map(Row::method).distinct().toList()) {
            addMethod(chart, axis, result.method(method), result.rows());
        }
        addBaseline(chart, axis, result);
        Row best = result.best();
        if (best != null && Double.isFinite(best.value())) {
            String name = "best: " + Labels.layers(best.layers()) + ", " + Labels.value(result.metric(), best.value());
            Look.ring(chart, name, best.start(), axis.place(best.value()));
        }
        List<IntervalBars.Bar> bars = bars(axis, result);
        IntervalBars.add(chart, bars);
        axis.scale(
                chart,
                DoubleStream.concat(
                                chart.getSeriesCollection().stream()
                                        .flatMapToDouble(series -> Arrays.stream(series.getYData())),
                                bars.stream().flatMapToDouble(bar -> DoubleStream.of(bar.low(), bar.high())))
                        .toArray());
        return chart;
    }

    /** The 95 % intervals of all windows, in their methods' colours. */
    private static List<IntervalBars.Bar> bars(ValueAxis axis, SweepResult result) {
        return result.rows().stream()
                .filter(row -> row.interval() != null && Double.isFinite(row.value()))
                .map(row -> new IntervalBars.Bar(
                        row.start(),
                        axis.place(row.interval().low()),
                        axis.place(row.interval().high()),
                        ofPlace(COLORS, result.method(row.method()))))
                .toList();
    }

    static String title(SweepResult result) {
        return result.model() + ": windows of " + Labels.lengths(result.lengths()) + ", " + result.data() + " "
                + Labels.sample(result.split(), result.examples(), result.metric());
    }

    private static void nameWindows(XYChart chart, List<Row> rows) {
        // a method may have windows of another length: dropping a third of the layers against merging half the FFs
        boolean oneLength = rows.stream().map(SweepChart::length).distinct().count() == 1;
        int length = oneLength ? length(rows.get(0)) : 1;
        chart.setXAxisTitle(length == 1 ? "first layer of the window" : "window, first and last layer");
        chart.setCustomXAxisTickLabelsFormatter(x -> {
            long start = Math.round(x);
            return length == 1 ? String.valueOf(start) : start + "-" + (start + length - 1);
        });
    }

    private static int length(Row row) {
        return row.layers().values().iterator().next().size();
    }

    private static void addMethod(XYChart chart, ValueAxis axis, SweepResult.Method method, List<Row> rows) {
        List<Row> own = rows.stream()
                .filter(row -> row.method().equals(method.name()) && Double.isFinite(row.value()))
                .sorted(Comparator.comparingInt(Row::start))
                .toList();
        if (own.isEmpty()) {
            return; // XChart needs a point to draw a line
        }
        double[] starts = own.stream().mapToDouble(Row::start).toArray();
        double[] values =
                own.stream().mapToDouble(row -> axis.place(row.value())).toArray();
        Look.line(chart, method.title(), starts, values, ofPlace(COLORS, method), ofPlace(MARKERS, method));
    }

    private static void addBaseline(XYChart chart, ValueAxis axis, SweepResult result) {
        if (!Double.isFinite(result.baseline())) {
            return;
        }
        int first = result.rows().stream().mapToInt(Row::start).min().orElse(0);
        int last = result.rows().stream().mapToInt(Row::start).max().orElse(0);
        double[] starts = IntStream.rangeClosed(first, last).asDoubleStream().toArray();
        String name = "unchanged: " + Labels.value(result.metric(), result.baseline());
        Look.level(chart, name, starts, axis.place(result.baseline()));
    }

    /** A method keeps its colour and marker from chart to chart; those without one of their own share the last. */
    private static <T> T ofPlace(List<T> all, SweepResult.Method method) {
        return all.get(Math.min(method.place(), all.size() - 1));
    }
}
