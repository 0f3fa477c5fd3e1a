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
    public static final Color INK = new Color(0x333333);

    private static final BasicStroke SOLID = new BasicStroke(2, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    public static final BasicStroke THIN = new BasicStroke(1, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    private static final BasicStroke DASHED =
            new BasicStroke(1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {7, 5}, 0);

    private static final Color GRID = new Color(0xE6E6E6);
    private static final Font TYPE = new Font(Font.SANS_SERIF, Font.PLAIN, 14);

    private Look() {}

    public static Font type() {
        return TYPE;
    }

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
        points(chart, name, new double[] {x}, new double[] {y}, INK, new Ring());
    }
}
