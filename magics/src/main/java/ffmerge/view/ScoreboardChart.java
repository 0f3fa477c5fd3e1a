package ffmerge.view;

import ffmerge.plot.Look;
import ffmerge.plot.MethodStyle;
import ffmerge.plot.Plot;
import ffmerge.result.Labels;
import ffmerge.result.ScoreboardResult;
import ffmerge.result.ScoreboardResult.PublishedRow;
import ffmerge.result.ScoreboardResult.Row;
import java.util.List;
import java.util.stream.Stream;
import org.knowm.xchart.XYSeries;

/**
 * How much worse a model becomes (y, relative to its own baseline) when so many parameters are gone (x): ours as full
 * marks, the paper's hollow, in their methods' colours.
 */
final class ScoreboardChart {
    /** What is worse than that is named in the table; drawn, it would flatten all else. */
    private static final double WORST = 150;

    private ScoreboardChart() {}

    static List<Plot> of(ScoreboardResult result) {
        List<Row> rows = result.rows().stream()
                .filter(row -> Double.isFinite(row.loss()) && 100 * row.loss() < WORST)
                .filter(row -> Double.isFinite(row.parametersRemoved()))
                .toList();
        if (rows.isEmpty()) {
            return List.of();
        }
        Plot chart = new Plot(900, 560);
        chart.setTitle("Ours beside the paper's, each against its own baseline");
        chart.setXAxisTitle("parameters removed, %");
        chart.setYAxisTitle("metric worse by, %");
        if (rows.stream()
                .allMatch(row -> row.loss() >= 0 && row.published().loss() >= 0)) { // else there is no zero line
            chart.getStyler().setXAxisMin(0.0).setYAxisMin(0.0);
        }
        boolean isOneModel =
                rows.stream().map(row -> row.published().model()).distinct().count() == 1;
        List<String> methods = rows.stream().map(Row::title).distinct().toList();
        for (String title : methods) {
            List<Row> own =
                    rows.stream().filter(row -> row.title().equals(title)).toList();
            MethodStyle style = style(own.get(0).method());
            XYSeries ours = add(
                    chart,
                    "ours: " + title,
                    own.stream().map(ScoreboardChart::point).toList(),
                    style);
            chart.hover(ours, own.stream().map(ScoreboardChart::told).toList());
        }
        for (String title :
                rows.stream().map(row -> row.published().title()).distinct().toList()) {
            List<PublishedRow> theirs = rows.stream()
                    .map(Row::published)
                    .filter(row -> row.title().equals(title))
                    .distinct()
                    .toList();
            MethodStyle style = style(title.equals("vanilla") ? "none" : "permute");
            XYSeries paper = add(
                    chart,
                    "paper: " + title,
                    theirs.stream().map(ScoreboardChart::point).toList(),
                    new MethodStyle(style.color(), style.mark().hollow()));
            chart.hover(paper, theirs.stream().map(ScoreboardChart::told).toList());
        }
        Stream<Plot.Label> ours = rows.stream().map(row -> label(row.model(), point(row)));
        Stream<Plot.Label> theirs = rows.stream()
                .map(Row::published)
                .map(row -> label((isOneModel ? "" : row.model() + " ") + row.window(), point(row)));
        chart.addLabels(Stream.concat(ours, theirs).distinct().toList());
        return List.of(chart);
    }

    /** Of several methods, the last one's. */
    private static MethodStyle style(String methods) {
        return MethodStyles.ofWords(
                methods.substring(methods.lastIndexOf('+') + 1).strip());
    }

    private static String told(Row row) {
        return row.model() + ": " + row.metric().title() + " worse by " + share(row.loss()) + ", "
                + share(row.parametersRemoved()) + " of the parameters removed";
    }

    private static String told(PublishedRow row) {
        return "paper: " + row.model() + " " + row.window() + " " + row.title() + ", worse by " + share(row.loss())
                + ", " + share(row.parametersRemoved()) + " of the parameters removed";
    }

    private static String share(double share) {
        return Labels.percent(share);
    }

    private record Point(double x, double y) {}

    private static Plot.Label label(String text, Point point) {
        return new Plot.Label(text, point.x(), point.y());
    }

    private static Point point(Row row) {
        return new Point(100 * row.parametersRemoved(), 100 * row.loss());
    }

    private static Point point(PublishedRow theirs) {
        return new Point(100 * theirs.parametersRemoved(), 100 * theirs.loss());
    }

    private static XYSeries add(Plot chart, String name, List<Point> points, MethodStyle style) {
        return Look.points(
                chart,
                name,
                points.stream().mapToDouble(Point::x).toArray(),
                points.stream().mapToDouble(Point::y).toArray(),
                style.color(),
                style.mark());
    }
}
