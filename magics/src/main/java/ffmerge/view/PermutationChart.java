package ffmerge.view;

import ffmerge.plot.Look;
import ffmerge.plot.Mark;
import ffmerge.plot.Plot;
import ffmerge.result.AlignResult;
import ffmerge.result.Labels;
import java.util.Arrays;

/**
 * A permutation as a matrix of dots: the unit of one layer (y) that goes with each unit of the anchor (x). Units in the
 * same order would lie on the line.
 */
final class PermutationChart {
    private PermutationChart() {}

    static Plot of(AlignResult result) {
        int[] permutation = result.permutation();
        int last = Math.max(1, permutation.length - 1);
        Plot chart = new Plot(620, 620);
        chart.setTitle(result.model() + ", " + result.stack() + ": matched correlation "
                + Labels.number(result.matchedCorrelation()) + ", in place "
                + Labels.number(result.identityCorrelation()) + " (sums over " + Labels.count(permutation.length)
                + " units)");
        chart.setXAxisTitle("unit of layer " + result.layers().get(0) + ", the anchor");
        chart.setYAxisTitle("unit of layer " + result.layers().get(1));
        chart.getStyler().setXAxisMin(0.0).setXAxisMax((double) last);
        chart.getStyler().setYAxisMin(0.0).setYAxisMax((double) last);
        chart.getStyler().setMarkerSize(permutation.length > 1500 ? 2 : 4);
        double[] anchor = new double[permutation.length];
        Arrays.setAll(anchor, unit -> unit);
        double[] matched = Arrays.stream(permutation).asDoubleStream().toArray();
        Look.line(chart, "same order", new double[] {0, last}, new double[] {0, last}, Look.VERMILION, Mark.NONE);
        Look.points(chart, "matched units", anchor, matched, Look.BLUE, Mark.CIRCLE);
        return chart;
    }
}
