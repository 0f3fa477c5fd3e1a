package ffmerge.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.Arrays;
import java.util.Locale;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.AxesChart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * What all charts have in common: a white ground, type that can be read in a notebook, and the colours of Okabe and Ito,
 * which people tell apart who see no red or no green. Where a colour means something a marker says the same.
 */
public final class Look {
    public static final Color BLUE = new Color(0x0072B2);
    public static final Color VERMILION = new Color(0xD55E00);
    public static final Color GREEN = new Color(0x009E73);
    public static final Color PURPLE = new Color(0xCC79A7);
    public static final Color ORANGE = new Color(0xE69F00);
    public static final Color SKY = new Color(0x56B4E9);
    /** Okabe and Ito's is too pale for a line on white; this is as far from the others. */
    public static final Color YELLOW = new Color(0xB8A000);

    public static final Color GREY = new Color(0x808080);
    public static final Color INK = new Color(0x333333);
    /** What is left out, and the sides of histograms. */
    static final Color QUIET = new Color(0xDADADA);

    /** The size of tick labels on a page, in its pixels: what all other letters and gaps go by. */
    static final double EM = 13;

    private static final BasicStroke SOLID = new BasicStroke(2, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    public static final BasicStroke THIN = new BasicStroke(1, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    private static final BasicStroke DASHED =
            new BasicStroke(1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {7, 5}, 0);
    /** Of a second level in a chart that has one already. */
    public static final BasicStroke DOTTED =
            new BasicStroke(1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {2, 4}, 0);

    static final Color GRID = new Color(0xE6E6E6);
    private static final Font TYPE = new Font(Font.SANS_SERIF, Font.PLAIN, 14);

    private Look() {}

    public static <C extends AxesChart<?, ?>> C apply(C chart) {
        AxesChartStyler style = (AxesChartStyler) chart.getStyler();
        style.setLocale(Locale.ROOT);
        style.setChartTitleFont(TYPE.deriveFont(Font.BOLD, 15f));
        style.setLegendFont(TYPE);
        style.setAxisTitleFont(TYPE);
        style.setAxisTickLabelsFont(TYPE.deriveFont(13f));
        style.setChartFontColor(INK);
        style.setChartBackgroundColor(Color.WHITE);
        style.setPlotBackgroundColor(Color.WHITE);
        style.setPlotBorderVisible(false);
        style.setPlotGridLinesColor(GRID);
        style.setPlotGridLinesStroke(THIN);
        style.setAxisTickLabelsColor(INK);
        style.setPlotContentSize(0.9); // room for markers at the edge
        style.setAxisTicksLineVisible(false);
        style.setAxisTickMarksColor(GRID.darker());
        style.setXAxisTickMarkSpacingHint(60);
        style.setYAxisLabelAlignment(AxesChartStyler.TextAlignment.Right);
        style.setLegendPosition(Styler.LegendPosition.OutsideS);
        style.setLegendLayout(Styler.LegendLayout.Horizontal);
        style.setLegendBorderColor(Color.WHITE);
        style.setLegendPadding(14);
        style.setChartPadding(10);
        style.setMarkerSize(9);
        return chart;
    }

    /** Adds a method's points joined by a line, in its colour and with its mark. */
    public static XYSeries line(XYChart chart, String name, double[] x, double[] y, MethodStyle style) {
        return line(chart, name, x, y, style.color(), style.mark());
    }

    /** A line's stroke for another variant of a method in one chart. */
    public static BasicStroke stroke(int variant) {
        float[] dash = MethodStyle.dash(variant);
        return dash.length == 0 ? SOLID : new BasicStroke(2, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, dash, 0);
    }

    /** Adds how often values lie where, as an area of steps: {@code edges} has one more than there are counts. */
    public static XYSeries histogram(XYChart chart, String name, double[] edges, double[] counts, Color color) {
        double[] steps = Arrays.copyOf(counts, edges.length);
        steps[edges.length - 1] = counts[counts.length - 1];
        XYSeries series = line(chart, name, edges, steps, color, Mark.NONE);
        series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.StepArea);
        return series;
    }

    /** Adds points joined by a line. */
    public static XYSeries line(XYChart chart, String name, double[] x, double[] y, Color color, Marker marker) {
        XYSeries series = chart.addSeries(name, x, y);
        series.setLineColor(color);
        series.setLineStyle(SOLID);
        series.setMarker(marker);
        series.setMarkerColor(color);
        return series;
    }

    /** Adds points that are not joined. */
    public static XYSeries points(XYChart chart, String name, double[] x, double[] y, Color color, Marker marker) {
        XYSeries series = line(chart, name, x, y, color, marker);
        series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
        return series;
    }

    /** Adds what the rest is measured against: a level line over all of {@code x}. */
    public static XYSeries level(XYChart chart, String name, double[] x, double y) {
        double[] level = new double[x.length];
        Arrays.fill(level, y);
        XYSeries series = line(chart, name, x, level, INK, SeriesMarkers.NONE);
        series.setLineStyle(DASHED);
        return series;
    }

    /** Adds a ring around the one point of a line that was chosen. */
    public static void ring(XYChart chart, String name, double x, double y) {
        points(chart, name, new double[] {x}, new double[] {y}, INK, Mark.RING);
    }
}
