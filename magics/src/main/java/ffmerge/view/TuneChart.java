package ffmerge.view;

import ffmerge.Measure;
import ffmerge.plot.Curve;
import ffmerge.plot.Look;
import ffmerge.plot.Mark;
import ffmerge.plot.Plot;
import ffmerge.plot.ValueAxis;
import ffmerge.result.Labels;
import ffmerge.result.TuneResult;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.XYSeries;

/**
 * Fine-tuning as two charts side by side: the training loss, and the validation metric with its value before. They have
 * units of their own, and two scales on one chart invite comparisons that mean nothing. The x axis reaches to the last
 * step from the start on, so that a live chart fills up instead of shrinking.
 */
final class TuneChart {
    /** About as many as the panel has pixels. */
    private static final int MOST_POINTS = 800;

    private static final Measure LOSS = Measure.lower("loss", "steps");
    private static final Color PALE_BLUE = new Color(0xA6CBE3);

    private TuneChart() {}

    static List<Plot> of(TuneResult outcome) {
        List<Plot> charts = new ArrayList<>();
        if (outcome.loss().stream().anyMatch(Double::isFinite)) {
            charts.add(loss(outcome));
        }
        List<TuneResult.Checked> finite = outcome.validation().stream()
                .filter(check -> Double.isFinite(check.value()))
                .toList();
        if (!finite.isEmpty()) {
            charts.add(validation(outcome, finite));
        }
        return charts;
    }

    private static Plot panel(TuneResult outcome, String title, String valueTitle) {
        Plot chart = new Plot(450, 400);
        chart.setTitle(title);
        chart.setXAxisTitle("step");
        chart.setYAxisTitle(valueTitle);
        chart.getStyler().setXAxisMin(0.0);
        chart.getStyler().setXAxisMax((double) Math.max(1, outcome.steps()));
        return chart;
    }

    private static Plot loss(TuneResult outcome) {
        Plot chart = panel(outcome, "Training", "loss, nats");
        double[] raw = outcome.loss().stream()
                .mapToDouble(l -> Double.isFinite(l) ? l : Double.NaN)
                .toArray();
        double[] smooth = Curve.smooth(raw, outcome.steps() / 20.0);
        int[] extremes = Curve.extremes(raw, MOST_POINTS);
        int[] spread = Curve.spread(raw.length, MOST_POINTS);
        Look.line(chart, "each step", steps(extremes), at(extremes, raw), PALE_BLUE, Mark.NONE)
                .setLineStyle(Look.THIN);
        Look.line(chart, "smoothed", steps(spread), at(spread, smooth), Look.BLUE, Mark.NONE);
        new ValueAxis(LOSS).scale(chart, raw);
        return chart;
    }

    /** A loss stands for the weights after it: steps count from 1, and 0 is the model before. */
    private static double[] steps(int[] indices) {
        return Arrays.stream(indices).mapToDouble(i -> i + 1).toArray();
    }

    private static double[] at(int[] indices, double[] values) {
        return Arrays.stream(indices).mapToDouble(i -> values[i]).toArray();
    }

    private static Plot validation(TuneResult outcome, List<TuneResult.Checked> checks) {
        Measure metric = outcome.metric();
        ValueAxis axis = new ValueAxis(metric);
        Plot chart = panel(outcome, "Validation, " + TuneView.sample(outcome), axis.title());
        double before = axis.place(outcome.before());
        if (Double.isFinite(before)) {
            double[] whole = {0, Math.max(1, outcome.steps())};
            Look.level(chart, "before: " + Labels.value(metric, outcome.before()), whole, before);
        }
        double[] steps = checks.stream().mapToDouble(TuneResult.Checked::step).toArray();
        double[] values =
                checks.stream().mapToDouble(check -> axis.place(check.value())).toArray();
        XYSeries tuned = Look.line(chart, "tuned", steps, values, Look.VERMILION, Mark.CIRCLE);
        chart.hover(
                tuned,
                checks.stream()
                        .map(check -> "step " + Labels.count(check.step()) + ": " + metric.title() + " "
                                + Labels.value(metric, check.value()))
                        .toList());
        boolean isFinished = outcome.loss().size() == outcome.steps();
        checks.stream()
                .filter(check -> isFinished && check.step() == outcome.bestStep())
                .findFirst()
                .ifPresent(kept -> Look.ring(
                        chart, "kept: " + Labels.value(metric, kept.value()), kept.step(), axis.place(kept.value())));
        axis.scale(chart, values);
        return chart;
    }
}
