package ffmerge.plot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Samples;
import ffmerge.view.Views;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.style.markers.SeriesMarkers;

class IntervalsTest {
    private static Plot chart() {
        Plot chart = new Plot(400, 300);
        double[] x = {0, 1, 2};
        Look.points(chart, "values", x, new double[] {10, 20, 30}, Look.INK, SeriesMarkers.NONE);
        chart.getStyler().setLegendVisible(false);
        return chart;
    }

    private static int green(Plot chart) {
        return Pixels.of(new Picture(List.of(chart)).png()).count(Look.GREEN);
    }

    @Test
    void aBarIsDrawnAndTheAxisReachesOverIt() {
        Plot bare = chart();
        Plot barred = chart();
        barred.addIntervals(List.of(new Plot.Interval(1, 5, 45, Look.GREEN)));
        assertEquals(0, green(bare));
        assertTrue(green(barred) > 200, "green: " + green(barred));
        assertTrue(
                ticks(bare).contains("30") && !ticks(bare).contains("40"),
                ticks(bare).toString());
        assertTrue(ticks(barred).contains("40"), ticks(barred).toString());
    }

    @Test
    void aWiderIntervalIsALongerBar() {
        Plot narrow = chart();
        Plot wide = chart();
        narrow.addIntervals(List.of(new Plot.Interval(1, 18, 22, Look.GREEN)));
        wide.addIntervals(List.of(new Plot.Interval(1, 11, 29, Look.GREEN)));
        assertTrue(green(wide) > green(narrow) + 100, green(wide) + " and " + green(narrow));
    }

    /** Where the axis ends before it, a bar goes on to the frame: it would tell a shorter interval if it ended earlier. */
    @Test
    void aBarThatTheAxisEndsBeforeGoesToTheFrame() {
        Plot inside = chart();
        Plot beyond = chart();
        for (Plot chart : List.of(inside, beyond)) {
            chart.getStyler().setYAxisMin(5.0).setYAxisMax(25.0);
        }
        inside.addIntervals(List.of(new Plot.Interval(1, 5, 25, Look.GREEN)));
        beyond.addIntervals(List.of(new Plot.Interval(1, 1, 50, Look.GREEN)));
        assertTrue(green(beyond) > green(inside), green(beyond) + " and " + green(inside));
    }

    @Test
    void whatHasNoEndsIsLeftOut() {
        Plot chart = chart();
        chart.addIntervals(List.of(new Plot.Interval(1, Double.NaN, 29, Look.GREEN)));
        assertEquals(0, green(chart));
    }

    @Test
    void comparisonsShowTheIntervalsThatTheyHave() {
        Svg compare = Svg.of(Views.BUILT_IN.picture(Samples.compare()).orElseThrow());
        assertEquals(
                5,
                compare.titles().stream()
                        .filter(title -> title.startsWith("95 % interval: "))
                        .count());
        assertTrue(
                compare.titles().contains("95 % interval: 76.65 to 85.15"),
                compare.titles().toString());
    }

    private static List<String> ticks(Plot chart) {
        return Svg.of(new Picture(List.of(chart))).texts();
    }
}
