package ffmerge.plot;

import ffmerge.Measure;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.AxesChartStyler;

/** The y axis of a metric: its unit, whether it is logarithmic, and where it ends before what is ruined. */
public final class ValueAxis {
    /** Beyond this factor the good values would lie in one line at the bottom. */
    private static final double LINEAR_FACTOR = 20;

    private final Measure metric;

    public ValueAxis(Measure metric) {
        this.metric = metric;
    }

    /** A value as it is drawn: a share in percent; what is not finite, which a picture can't show, as a gap. */
    public double place(double value) {
        return Double.isFinite(value) ? (metric.isShare() ? 100 * value : value) : Double.NaN;
    }

    public double[] place(double[] values) {
        return Arrays.stream(values).map(this::place).toArray();
    }

    public String title() {
        String unit = metric.title() + (metric.isShare() ? ", %" : "");
        return unit + (metric.higherIsBetter() ? " (higher is better)" : " (lower is better)");
    }

    /**
     * Makes the axis end before values that are ruined, and logarithmic where what is left still spans so much that the good
     * ones would be flat. Metrics that are better when higher have a best value, so nothing is flattened there.
     *
     * @param values all that will be drawn, as from {@link #place}
     */
    public void scale(XYChart chart, double[] values) {
        double[] finite = Arrays.stream(values).filter(Double::isFinite).toArray();
        if (finite.length == 0) {
            return;
        }
        Focus focus = Focus.of(finite, metric.higherIsBetter());
        AxesChartStyler style = chart.getStyler();
        if (focus.isClipped()) {
            double[] range = withIntervals(chart, focus);
            style.setYAxisMin(range[0]).setYAxisMax(range[1]);
        }
        if (!metric.higherIsBetter() && focus.least() > 0 && focus.most() / focus.least() > LINEAR_FACTOR) {
            style.setYAxisLogarithmic(true);
            style.setYAxisLogarithmicDecadeOnly(false);
        }
    }

    /** The range with the intervals of the points in it, as far as they don't make it much larger. */
    private static double[] withIntervals(XYChart chart, Focus focus) {
        double[] ends = !(chart instanceof Plot plot)
                ? new double[0]
                : plot.intervals().stream()
                        .filter(i -> i.high() >= focus.least() && i.low() <= focus.most())
                        .flatMapToDouble(i -> DoubleStream.of(i.low(), i.high()))
                        .toArray();
        double more = 0.25 * (focus.most() - focus.least());
        double least = Arrays.stream(ends).min().orElse(focus.least());
        double most = Arrays.stream(ends).max().orElse(focus.most());
        return new double[] {
            Math.max(focus.least() - more, Math.min(focus.least(), least)),
            Math.min(focus.most() + more, Math.max(focus.most(), most))
        };
    }
}
