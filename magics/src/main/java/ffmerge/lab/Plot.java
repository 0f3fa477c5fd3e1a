package ffmerge.lab;

import ffmerge.plot.Look;
import java.awt.Color;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A lab's curves and clouds of points, in the look of all charts, in one line each. */
public final class Plot {
    private static final int WIDTH = 520;
    private static final int HEIGHT = 360;
    private static final List<Color> COLORS = List.of(Look.BLUE, Look.VERMILION, Look.GREEN, Look.PURPLE);
    private static final List<Marker> MARKERS =
            List.of(SeriesMarkers.CIRCLE, SeriesMarkers.DIAMOND, SeriesMarkers.TRIANGLE_UP, SeriesMarkers.SQUARE);

    private final XYChart chart;

    private Plot(XYChart chart) {
        this.chart = chart;
    }

    public static Plot of(String title, String xTitle, String yTitle) {
        return new Plot(Look.apply(new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(xTitle)
                .yAxisTitle(yTitle)
                .build()));
    }

    public Plot curve(String name, double[] x, double[] y) {
        Look.line(chart, name, x, y, COLORS.get(series() % COLORS.size()), SeriesMarkers.NONE);
        return this;
    }

    /** @param points [point][2] */
    public Plot points(String name, double[][] points) {
        int style = series() % COLORS.size();
        double[] x = Arrays.stream(points).mapToDouble(point -> point[0]).toArray();
        double[] y = Arrays.stream(points).mapToDouble(point -> point[1]).toArray();
        Look.points(chart, name, x, y, COLORS.get(style), MARKERS.get(style));
        return this;
    }

    private int series() {
        return chart.getSeriesCollection().size();
    }

    /** What a cell shows. */
    public XYChart chart() {
        return chart;
    }
}
