package ffmerge.view;

import ffmerge.plot.Look;
import ffmerge.plot.PointLabels;
import ffmerge.result.ScoreboardResult;
import ffmerge.result.ScoreboardResult.PublishedRow;
import ffmerge.result.ScoreboardResult.Row;
import java.awt.Color;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * How much worse a model becomes (y, relative to its own baseline) when so many parameters are gone (x): ours as full
 * circles, the paper's as diamonds of the same colour.
 */
final class ScoreboardChart {
    /** What is worse than that is named in the table; drawn, it would flatten all else. */
    private static final double WORST = 150;

    private static final List<Color> COLORS = List.of(Look.BLUE, Look.VERMILION, Look.GREEN);

    private ScoreboardChart() {}

    static List<XYChart> of(ScoreboardResult result) {
        List<Row> rows = result.rows().stream()
                .filter(row -> Double.isFinite(row.loss()) && 100 * row.loss() < WORST)
                .filter(row -> Double.isFinite(row.parametersRemoved()))
                .toList();
        if (rows.isEmpty()) {
            return List.of();
        }
        XYChart chart = Look.apply(new XYChart(900, 520));
        chart.setTitle("Ours beside the paper's, each against its own baseline");
        chart.setXAxisTitle("parameters removed, %");
        chart.setYAxisTitle("metric worse by, %");
        chart.setCustomXAxisTickLabelsFormatter(value -> String.format(Locale.ROOT, "%.0f", value));
        chart.setCustomYAxisTickLabelsFormatter(value -> String.format(Locale.ROOT, "%.0f", value));
        List<String> models =
                rows.stream().map(row -> row.published().model()).distinct().toList();
        for (String model : models) {
            Color color = COLORS.get(models.indexOf(model) % COLORS.size());
            List<Row> own = rows.stream()
                    .filter(row -> row.published().model().equals(model))
                    .toList();
            String sources =
                    String.join(", ", own.stream().map(Row::source).distinct().toList());
            add(chart, "ours: " + sources, own.stream().map(r -> point(r)).toList(), color, SeriesMarkers.CIRCLE);
            add(
                    chart,
                    "paper: " + model,
                    own.stream().map(r -> point(r.published())).distinct().toList(),
                    color,
                    SeriesMarkers.DIAMOND);
        }
        Stream<PointLabels.Label> ours = rows.stream().map(row -> label(row.model(), point(row)));
        Stream<PointLabels.Label> theirs = rows.stream().map(row -> label(published(row), point(row.published())));
        chart.addAnnotation(
                new PointLabels(Stream.concat(ours, theirs).distinct().toList()));
        return List.of(chart);
    }

    private record Point(double x, double y) {}

    private static PointLabels.Label label(String text, Point point) {
        return new PointLabels.Label(text, point.x(), point.y());
    }

    /** The paper's row: {@code 22-34 vanilla}. */
    private static String published(Row row) {
        return row.published().window() + " " + row.published().title();
    }

    private static Point point(Row row) {
        return new Point(100 * row.parametersRemoved(), 100 * row.loss());
    }

    private static Point point(PublishedRow theirs) {
        return new Point(100 * theirs.parametersRemoved(), 100 * theirs.loss());
    }

    private static void add(XYChart chart, String name, List<Point> points, Color color, Marker marker) {
        Look.points(
                chart,
                name,
                points.stream().mapToDouble(Point::x).toArray(),
                points.stream().mapToDouble(Point::y).toArray(),
                color,
                marker);
    }
}
