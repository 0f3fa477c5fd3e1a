package ffmerge.view;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Measure;
import ffmerge.Samples;
import ffmerge.evaluate.Accuracy;
import ffmerge.evaluate.Bleu;
import ffmerge.evaluate.Perplexity;
import ffmerge.plot.Look;
import ffmerge.plot.Picture;
import ffmerge.plot.Pixels;
import ffmerge.plot.Plot;
import ffmerge.result.CompareResult;
import ffmerge.result.Interval;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;

class CompareChartTest {
    private static CompareResult.Row row(String model, Measure metric, double value, long parameters) {
        return Samples.compareRow(
                model, metric, value, parameters, parameters, 4 * parameters, 1, 1, 1, null, null, null, 100);
    }

    private static CompareResult of(CompareResult.Row... rows) {
        return new CompareResult("novels", "test", List.of(rows));
    }

    @Test
    void modelsStandWhereTheirShareOfParametersIs() {
        XYChart chart = CompareChart.of(Samples.compare()).get(0);
        assertEquals("parameters removed, % of the 2,936,576 of base", chart.getXAxisTitle());
        assertArrayEquals(new double[] {0}, chart.getSeries("largest model").getXData());
        assertArrayEquals(
                new double[] {22.426, 22.426, 22.426, 27.007},
                chart.getSeries("other models").getXData(),
                1e-3);
        assertArrayEquals(
                new double[] {87.79, 101.37, 83.65, 136.21},
                chart.getSeries("other models").getYData());
        assertTrue(Pixels.of(new Picture(List.of(chart)).png()).count(Look.BLUE) > 4 * 150);
    }

    @Test
    void modelsInFewerBitsStandWhereTheirShareOfBytesIs() {
        CompareResult.Row base = row("base", Perplexity.MEASURE, 80, 100);
        CompareResult.Row nf4 =
                Samples.compareRow("base4", Perplexity.MEASURE, 82, 100, 100, 100, 1, 1, 0.5, null, null, null, 100);
        XYChart chart = CompareChart.of(of(base, nf4)).get(0);
        assertEquals("bytes removed, % of the 400 bytes of base", chart.getXAxisTitle());
        assertArrayEquals(new double[] {75}, chart.getSeries("other models").getXData());
        assertEquals("Quality against size in bytes, novels test (100 windows)", chart.getTitle());

        CompareResult.Axis latency = CompareResult.Axis.LATENCY;
        XYChart byTime = CompareChart.of(new CompareResult("novels", "test", List.of(base, nf4), latency))
                .get(0);
        assertEquals("time saved, % of the 1,000.0 ms of base", byTime.getXAxisTitle());
        assertArrayEquals(new double[] {0}, byTime.getSeries("slowest model").getXData());
        assertArrayEquals(new double[] {50}, byTime.getSeries("other models").getXData());
        CompareResult.Row merged = row("merged", Perplexity.MEASURE, 82, 80);
        assertEquals(CompareResult.Axis.PARAMETERS, of(base, merged).axis());
        assertEquals(CompareResult.Axis.BYTES, of(base, merged, nf4).axis(), "merged and nf4 are both smaller");
    }

    private static CompareResult.Row timed(String model, double seconds, CompareResult.LatencyDifference difference) {
        Interval interval = new Interval(seconds - 0.01, seconds + 0.01);
        CompareResult.Row row = row(model, Perplexity.MEASURE, 80, 100);
        return new CompareResult.Row(
                model,
                row.metric(),
                row.value(),
                100,
                100,
                400,
                0,
                0,
                1,
                1,
                Map.of(1, new CompareResult.Latency(seconds, interval, difference)),
                null,
                null,
                null,
                100,
                null);
    }

    private static CompareResult.LatencyDifference toBase(double seconds, double low, double high) {
        return new CompareResult.LatencyDifference("base", seconds, new Interval(low, high));
    }

    /** What can't be told from none is drawn as none; the words below the picture say so. */
    @Test
    void aDifferenceInTimeWithinNoiseIsDrawnAsNone() {
        List<CompareResult.Row> rows = List.of(
                timed("base", 1, null),
                timed("merged", 0.97, toBase(-0.03, -0.08, 0.01)),
                timed("cut", 0.75, toBase(-0.25, -0.3, -0.2)));
        CompareResult result = new CompareResult("novels", "test", rows, CompareResult.Axis.LATENCY, "base");
        assertEquals(0, result.axis().removed(rows.get(1), rows.get(0)));
        assertEquals(0.25, result.axis().removed(rows.get(2), rows.get(0)), 1e-12);
        XYChart chart = CompareChart.of(result).get(0);
        assertArrayEquals(new double[] {0, 25}, chart.getSeries("other models").getXData(), 1e-9);
        String sentence = Views.BUILT_IN.sentence(result);
        assertTrue(
                sentence.endsWith(
                        " No difference in latency to base is to be told for merged: the picture draws none."),
                sentence);
        assertTrue(Views.BUILT_IN
                .sentence(new CompareResult("novels", "test", rows, CompareResult.Axis.PARAMETERS, "base"))
                .endsWith(" is to be told for merged."));
    }

    @Test
    void eachPointHasItsName() {
        int few = Pixels.of(Views.BUILT_IN
                        .picture(of(row("a", Perplexity.MEASURE, 80, 100), row("b", Perplexity.MEASURE, 90, 80)))
                        .orElseThrow()
                        .png())
                .count(Look.INK);
        int many = Pixels.of(Views.BUILT_IN
                        .picture(of(
                                row("a", Perplexity.MEASURE, 80, 100),
                                row("b_much_longer", Perplexity.MEASURE, 90, 80)))
                        .orElseThrow()
                        .png())
                .count(Look.INK);
        assertTrue(many > few + 200, few + " pixels of ink, then " + many);
    }

    @Test
    void eachMetricHasAChart() {
        CompareResult mixed = of(
                row("vit", Accuracy.MEASURE, 0.9, 10),
                row("mt", Bleu.MEASURE, 30, 20),
                row("mt2", Bleu.MEASURE, 29, 18));
        List<Plot> charts = CompareChart.of(mixed);
        assertEquals(2, charts.size());
        assertArrayEquals(
                new double[] {90}, charts.get(0).getSeries("largest model").getYData());
        assertArrayEquals(
                new double[] {29}, charts.get(1).getSeries("other models").getYData());
    }

    @Test
    void aModelWithoutAValueIsLeftOut() {
        assertTrue(CompareChart.of(of(row("bad", Perplexity.MEASURE, Double.NaN, 10)))
                .isEmpty());
        XYChart chart = CompareChart.of(
                        of(row("a", Perplexity.MEASURE, 80, 100), row("bad", Perplexity.MEASURE, 1 / 0.0, 80)))
                .get(0);
        assertEquals(2, chart.getSeriesCollection().size());
    }

    /** The sizes of the paper's Figures 2 and 3, on a model of twelve layers. */
    @Test
    void theAxisSaysTheSharesAtWhichThePaperComparesMethods() {
        List<CompareResult.Row> rows = List.of(
                row("base", Perplexity.MEASURE, 80, 1000),
                row("sixth", Perplexity.MEASURE, 81, 910),
                row("third", Perplexity.MEASURE, 84, 820),
                row("quarter", Perplexity.MEASURE, 83, 865),
                row("half", Perplexity.MEASURE, 88, 730),
                row("one", Perplexity.MEASURE, 120, 505),
                row("drop", Perplexity.MEASURE, 90, 800));
        Map<String, Integer> sets =
                Map.of("base", 12, "sixth", 10, "third", 8, "quarter", 9, "half", 6, "one", 1, "drop", 10);
        CompareResult result =
                new CompareResult("novels", "test", rows, CompareResult.Axis.PARAMETERS, "base", Map.of(), sets);
        XYChart chart = CompareChart.of(result).get(0);
        assertEquals("parameters removed, % of the 1,000 of base (share of its FF sublayers)", chart.getXAxisTitle());
        String svg = new Picture(List.of(chart)).svg();
        for (String label : List.of(">0<", ">9 (1/6)<", ">18 (1/3)<", ">27 (1/2)<", ">49.5 (all but one)<")) {
            assertTrue(svg.contains(label), label);
        }
        assertFalse(svg.contains(">20 (1/6)<"), "no label lies on one of a model before it");
    }

    @Test
    void otherSizesHaveTheirRoundTicks() {
        List<CompareResult.Row> rows =
                List.of(row("base", Perplexity.MEASURE, 80, 1000), row("some", Perplexity.MEASURE, 81, 910));
        CompareResult result = new CompareResult(
                "novels", "test", rows, CompareResult.Axis.PARAMETERS, "base", Map.of(), Map.of("base", 12, "some", 9));
        assertEquals(
                "parameters removed, % of the 1,000 of base",
                CompareChart.of(result).get(0).getXAxisTitle());
    }
}
