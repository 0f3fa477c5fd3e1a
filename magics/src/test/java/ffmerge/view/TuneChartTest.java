package ffmerge.view;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Samples;
import ffmerge.plot.Curve;
import ffmerge.plot.Look;
import ffmerge.plot.Picture;
import ffmerge.plot.Pixels;
import ffmerge.plot.Plot;
import ffmerge.result.TuneResult;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;

class TuneChartTest {
    @Test
    void lossBesideValidation() {
        List<Plot> charts = TuneChart.of(Samples.tune());
        XYChart loss = charts.get(0);
        assertEquals(300, loss.getSeries("each step").getXData().length);
        assertEquals(1, loss.getSeries("smoothed").getXData()[0]);
        assertEquals(300, loss.getSeries("smoothed").getXData()[299]);
        XYChart validation = charts.get(1);
        assertArrayEquals(
                new double[] {0, 50, 100, 150, 200, 250, 300},
                validation.getSeries("tuned").getXData());
        assertArrayEquals(
                new double[] {87.81, 87.81},
                validation.getSeries("before: 87.81").getYData());
        assertArrayEquals(
                new double[] {250}, validation.getSeries("kept: 83.65").getXData());

        Pixels pixels = Pixels.of(new Picture(charts).png());
        assertTrue(pixels.count(Look.BLUE) > 2000, "smoothed loss");
        assertTrue(pixels.count(Look.VERMILION) > 2000, "validation");
    }

    @Test
    void whatIsUnderWayReachesToItsLastStepAndKeepsNothingYet() {
        List<Plot> charts = TuneChart.of(Samples.tune(300, 120));
        assertEquals(300, charts.get(0).getStyler().getXAxisMax(), 1);
        assertEquals(120, charts.get(0).getSeries("each step").getXData().length);
        assertEquals(2, charts.get(1).getSeriesCollection().size());
        assertNull(charts.get(1).getSeries("kept: 87.81"));
    }

    @Test
    void theFirstStepsHaveAPictureToo() {
        TuneResult one = Samples.tune(300, 1);
        assertTrue(Pixels.of(new Picture(TuneChart.of(one)).draftPng()).count(Look.VERMILION) > 20);
        TuneResult none = Samples.tune(300, 0);
        assertEquals(1, TuneChart.of(none).size());
    }

    @Test
    void longCurvesAreThinnedButKeepTheirPeaks() {
        double[] values = new double[100_000];
        Arrays.fill(values, 4);
        values[54_321] = 9;
        values[54_322] = 1;
        int[] kept = Curve.extremes(values, 800);
        assertEquals(800, kept.length);
        assertTrue(Arrays.stream(kept).anyMatch(i -> i == 54_321));
        assertTrue(Arrays.stream(kept).anyMatch(i -> i == 54_322));
        int[] spread = Curve.spread(100_000, 800);
        assertEquals(800, spread.length);
        assertEquals(99_999, spread[799]);
        assertArrayEquals(new int[] {0, 1, 2}, Curve.spread(3, 800));
    }

    @Test
    void smoothingLooksBackOnly() {
        double[] values = {1, 3, Double.NaN, 5};
        double[] smooth = Curve.smooth(values, 2);
        assertArrayEquals(new double[] {1, 3.5 / 1.5, 3.5 / 1.5, (3.5 / 2 + 5) / 1.75}, smooth, 1e-12);
        assertArrayEquals(Arrays.copyOf(smooth, 2), Curve.smooth(Arrays.copyOf(values, 2), 2), 0);
        assertArrayEquals(new double[] {1, 3, 3, 5}, Curve.smooth(values, 1), 1e-12);
    }
}
