package ffmerge.plot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Samples;
import ffmerge.view.Views;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.markers.SeriesMarkers;

class IntervalBarsTest {
    private static XYChart chart() {
        XYChart chart = Look.apply(new XYChart(400, 300));
        double[] x = {0, 1, 2};
        Look.points(chart, "values", x, new double[] {10, 20, 30}, Look.INK, SeriesMarkers.NONE);
        chart.getStyler().setLegendVisible(false);
        return chart;
    }

    private static int green(XYChart chart) {
        return Pixels.of(new Picture(List.of(chart)).png()).count(Look.GREEN);
    }

    @Test
    void aBarIsDrawnAndTheAxisReachesOverIt() {
        XYChart bare = chart();
        XYChart barred = chart();
        IntervalBars.add(barred, List.of(new IntervalBars.Bar(1, 5, 45, Look.GREEN)));
        assertEquals(0, green(bare));
        assertTrue(green(barred) > 200, "green: " + green(barred));
        assertEquals(5, barred.getStyler().getYAxisMin());
        assertEquals(45, barred.getStyler().getYAxisMax());
    }

    @Test
    void aWiderIntervalIsALongerBar() {
        XYChart narrow = chart();
        XYChart wide = chart();
        IntervalBars.add(narrow, List.of(new IntervalBars.Bar(1, 18, 22, Look.GREEN)));
        IntervalBars.add(wide, List.of(new IntervalBars.Bar(1, 11, 29, Look.GREEN)));
        assertTrue(green(wide) > green(narrow) + 100, green(wide) + " and " + green(narrow));
    }

    @Test
    void whatHasNoEndsIsLeftOut() {
        XYChart chart = chart();
        IntervalBars.add(chart, List.of(new IntervalBars.Bar(1, Double.NaN, 29, Look.GREEN)));
        assertEquals(0, green(chart));
        assertEquals(null, chart.getStyler().getYAxisMin());
    }

    @Test
    void comparisonsShowTheIntervalsThatTheyHave() {
        XYChart compare = (XYChart) Views.BUILT_IN.charts(Samples.compare()).get(0);
        assertEquals(76.65, compare.getStyler().getYAxisMin(), 1e-9);
        assertEquals(140.71, compare.getStyler().getYAxisMax(), 1e-9);
    }
}
