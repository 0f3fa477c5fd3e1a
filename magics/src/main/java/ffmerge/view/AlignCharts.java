package ffmerge.view;

import ffmerge.plot.HeatMap;
import ffmerge.plot.Look;
import ffmerge.plot.Plot;
import ffmerge.result.AlignResult;
import ffmerge.result.Labels;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.knowm.xchart.internal.chartpart.Chart;

/**
 * What matching does: the correlations before, where the diagonal is as dark as the rest, and after, where the units that go
 * together stand on it; and how correlated matched units are, beside those at the same place and any two.
 */
final class AlignCharts {
    private static final int WIDTH = 420;
    private static final int HEIGHT = 400;

    private AlignCharts() {}

    static List<? extends Chart<?, ?>> of(AlignResult result) {
        AlignResult.Maps maps = result.maps();
        DoubleSummaryStatistics all = Stream.of(maps.before(), maps.after())
                .flatMap(Arrays::stream)
                .flatMapToDouble(Arrays::stream)
                .summaryStatistics();
        return List.of(
                map(result, "in place", maps.before(), all),
                map(result, "reordered", maps.after(), all),
                histogram(result));
    }

    private static HeatMap map(AlignResult result, String title, double[][] values, DoubleSummaryStatistics all) {
        double span = Math.max(all.getMax() - all.getMin(), 1e-12);
        int block = result.maps().block();
        List<String> first =
                IntStream.range(0, values.length).mapToObj(i -> "" + i * block).toList();
        boolean isReordered = values == result.maps().after();
        double sum = isReordered ? result.matchedCorrelation() : result.identityCorrelation();
        String of = isReordered ? "unit that goes with it, of layer " : "unit of layer ";
        double[][] shares = Arrays.stream(values)
                .map(row -> DoubleStream.of(row)
                        .map(value -> (value - all.getMin()) / span)
                        .toArray())
                .toArray(double[][]::new);
        return HeatMap.square(
                        WIDTH,
                        HEIGHT,
                        "Units " + title + ": sum " + Labels.number(sum),
                        new HeatMap.Axis(of + result.layers().get(1), first),
                        new HeatMap.Axis("unit of layer " + result.layers().get(0), first),
                        block == 1 ? "|correlation|" : "largest |r| of " + block + " × " + block,
                        HeatMap.ticks(all.getMin(), all.getMin() + span),
                        shares)
                .hovering((row, column) ->
                        first.get(row) + " and " + first.get(column) + ": " + Labels.number(values[row][column]));
    }

    private static Plot histogram(AlignResult result) {
        AlignResult.Histogram own = result.histogram();
        Plot chart = new Plot(WIDTH, HEIGHT);
        chart.setTitle("Correlation of a unit with its partner");
        chart.setXAxisTitle("correlation");
        chart.setYAxisTitle("share of the pairs, %");
        chart.getStyler().setYAxisMin(0.0);
        Look.histogram(chart, "any two units", own.edges(), percent(own.chance()), Look.GREY);
        Look.histogram(chart, "in place", own.edges(), percent(own.identity()), Look.VERMILION);
        Look.histogram(chart, "matched", own.edges(), percent(own.matched()), Look.BLUE);
        return chart;
    }

    private static double[] percent(double[] shares) {
        return DoubleStream.of(shares).map(share -> 100 * share).toArray();
    }
}
