package ffmerge.plot;

import ffmerge.Measure;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.AxesChartStyler;

/** The y axis of a metric: its unit, and whether it is logarithmic. */
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
     * Makes the axis logarithmic where one ruined model would flatten all others. Metrics that are better when higher
     * have a best value, so nothing is flattened there.
     *
     * @param values all that will be drawn, as from {@link #place}
     */
    public void scale(XYChart chart, double[] values) {
        double least = Arrays.stream(values).filter(Double::isFinite).min().orElse(1);
        double most = Arrays.stream(values).filter(Double::isFinite).max().orElse(1);
        if (metric.higherIsBetter() || least <= 0 || most / least <= LINEAR_FACTOR) {
            chart.setCustomYAxisTickLabelsFormatter(decimals(most - least));
            return;
        }
        AxesChartStyler style = chart.getStyler();
        style.setYAxisLogarithmic(true);
        style.setYAxisLogarithmicDecadeOnly(false);
        chart.setCustomYAxisTickLabelsFormatter(ValueAxis::logarithmicLabel);
    }

    private static Function<Double, String> decimals(double span) {
        int digits = span >= 5 ? 0 : span >= 0.5 ? 1 : span >= 0.05 ? 2 : 3;
        return value -> String.format(Locale.ROOT, "%,." + digits + "f", value);
    }

    /** Labels at 1, 2 and 5 times a power of ten; all nine would run into each other. XChart can't draw an empty label. */
    private static String logarithmicLabel(double value) {
        double power = Math.pow(10, Math.floor(Math.log10(value) + 1e-9));
        long digit = Math.round(value / power);
        return digit == 1 || digit == 2 || digit == 5
                ? String.format(Locale.ROOT, value < 1 ? "%.2g" : "%,.0f", value)
                : " ";
    }
}
