package ffmerge.plot;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Annotation;

/** Bars from one value to another at a place, with caps: intervals of points, which need not lie in the middle of theirs. */
public final class IntervalBars extends Annotation {
    /** A bar, its ends as they are drawn on the y axis. */
    public record Bar(double x, double low, double high, Color color) {}

    private static final double CAP = 4;

    private final List<Bar> bars;

    private IntervalBars(List<Bar> bars) {
        super(false);
        this.bars = bars;
    }

    /**
     * Adds bars to a chart that has all its points. The y axis is made to reach over them.
     *
     * @param bars those whose ends are not finite are left out
     */
    public static void add(XYChart chart, List<Bar> bars) {
        List<Bar> drawn = bars.stream()
                .filter(bar -> Double.isFinite(bar.low()) && Double.isFinite(bar.high()))
                .toList();
        if (drawn.isEmpty()) {
            return;
        }
        double[] values = DoubleStream.concat(
                        chart.getSeriesCollection().stream().flatMapToDouble(IntervalBars::values),
                        drawn.stream().flatMapToDouble(bar -> DoubleStream.of(bar.low(), bar.high())))
                .filter(Double::isFinite)
                .toArray();
        double least = Arrays.stream(values).min().orElseThrow();
        double most = Arrays.stream(values).max().orElseThrow();
        if (least < most) {
            chart.getStyler().setYAxisMin(least).setYAxisMax(most);
        }
        chart.addAnnotation(new IntervalBars(drawn));
    }

    private static DoubleStream values(XYSeries series) {
        return Arrays.stream(series.getYData());
    }

    @Override
    public void paint(Graphics2D g) {
        g.setStroke(Look.THIN);
        for (Bar bar : bars) {
            double x = getXAxisScreenValue(bar.x());
            double low = getYAxisScreenValue(bar.low());
            double high = getYAxisScreenValue(bar.high());
            g.setColor(bar.color());
            g.draw(new Line2D.Double(x, low, x, high));
            g.draw(new Line2D.Double(x - CAP, low, x + CAP, low));
            g.draw(new Line2D.Double(x - CAP, high, x + CAP, high));
        }
    }
}
