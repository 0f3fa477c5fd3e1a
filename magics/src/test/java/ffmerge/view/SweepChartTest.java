package ffmerge.view;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Samples;
import ffmerge.evaluate.Accuracy;
import ffmerge.plot.Look;
import ffmerge.plot.Picture;
import ffmerge.plot.Pixels;
import ffmerge.plot.Svg;
import ffmerge.result.Interval;
import ffmerge.result.SweepResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;

class SweepChartTest {
    private static SweepResult with(List<SweepResult.Row> rows) {
        SweepResult r = Samples.sweep();
        return new SweepResult(
                r.model(),
                List.of(6),
                r.metric(),
                r.baseline(),
                r.data(),
                r.split(),
                rows,
                r.best(),
                "ours",
                Stream.concat(
                                r.methods().stream(),
                                Stream.of(new SweepResult.Method("random", "randomly permuted", 2, "merge", Map.of())))
                        .toList(),
                List.of(),
                null,
                100,
                null,
                null);
    }

    private static SweepResult.Row row(String method, List<Integer> layers, double value) {
        return new SweepResult.Row(method, Map.of("decoder", layers), value, Map.of(), 1, 1, 1, 4, 0, 8, null, null);
    }

    private static SweepResult.Row sure(String method, int start, double value, double by) {
        List<Integer> layers = List.of(start, start + 1);
        Interval interval = new Interval(value - by, value + by);
        return new SweepResult.Row(
                method, Map.of("decoder", layers), value, Map.of(), 1, 1, 1, 4, 0, 8, interval, null);
    }

    @Test
    void intervalsAreBarsInTheMethodsColours() {
        XYChart narrow = SweepChart.of(with(List.of(sure("permute", 0, 90, 0.1), sure("none", 1, 95, 0.1))));
        XYChart wide = SweepChart.of(with(List.of(sure("permute", 0, 90, 30), sure("none", 1, 95, 40))));
        Pixels few = Pixels.of(new Picture(List.of(narrow)).png());
        Pixels many = Pixels.of(new Picture(List.of(wide)).png());
        assertTrue(many.count(Look.BLUE) > few.count(Look.BLUE) + 300);
        assertTrue(many.count(Look.VERMILION) > few.count(Look.VERMILION) + 300);
    }

    @Test
    void aLineForEachMethodTheBaselineAndTheBest() {
        XYChart chart = SweepChart.of(Samples.sweep());
        assertEquals(
                List.of("permuted", "vanilla", "unchanged: 80.65", "best: 3-8, 87.79"),
                chart.getSeriesCollection().stream().map(s -> s.getName()).toList());
        assertArrayEquals(
                new double[] {0, 1, 2, 3, 4, 5, 6}, chart.getSeries("permuted").getXData());
        assertEquals("perplexity (lower is better)", chart.getYAxisTitle());

        Pixels pixels = Pixels.of(new Picture(List.of(chart)).png());
        assertEquals(1800, pixels.image().getWidth());
        assertEquals(1040, pixels.image().getHeight());
        assertTrue(pixels.count(Look.BLUE) > 3000, "permuted: " + pixels.count(Look.BLUE));
        assertTrue(pixels.count(Look.VERMILION) > 3000, "vanilla: " + pixels.count(Look.VERMILION));
        assertEquals(0, pixels.count(Look.GREEN), "layers were not dropped");
    }

    /** Windows with layer 0 have a perplexity of 1615, the others of about 90. */
    @Test
    void aRuinedWindowDoesNotFlattenTheOthers() {
        XYChart chart = SweepChart.of(Samples.sweep());
        assertFalse(chart.getStyler().isYAxisLogarithmic());
        assertTrue(chart.getStyler().getYAxisMax() < 200, "the others fill the picture");
        Svg svg = Svg.of(new Picture(List.of(chart)));
        assertTrue(
                svg.texts().contains("1,615 ↑") && svg.texts().contains("2,374 ↑"),
                svg.texts().toString());

        List<SweepResult.Row> sound =
                Samples.sweep().rows().stream().filter(row -> row.start() > 0).toList();
        assertNull(SweepChart.of(with(sound)).getStyler().getYAxisMax());

        List<SweepResult.Row> half = new ArrayList<>(sound);
        sound.forEach(row -> half.add(row("random", List.of(row.start(), row.start() + 1), 1e4 * row.value())));
        XYChart all = SweepChart.of(with(half));
        assertTrue(all.getStyler().isYAxisLogarithmic(), "as many ruined as sound ones are no outliers");
    }

    @Test
    void aValueThatIsNotFiniteLeavesAGap() {
        List<SweepResult.Row> rows = new ArrayList<>(Samples.sweep().rows());
        rows.add(row("random", List.of(0, 1, 2, 3, 4, 5), Double.NaN));
        rows.add(row("random", List.of(1, 2, 3, 4, 5, 6), Double.POSITIVE_INFINITY));
        rows.add(row("random", List.of(2, 3, 4, 5, 6, 7), 2000));
        XYChart chart = SweepChart.of(with(rows));
        assertArrayEquals(
                new double[] {2000}, chart.getSeries("randomly permuted").getYData());
        assertTrue(Pixels.of(new Picture(List.of(chart)).png()).count(Look.PURPLE) > 100);
    }

    @Test
    void methodsWithWindowsOfTheirOwnLengthShareTheFirstLayer() {
        List<SweepResult.Row> rows = new ArrayList<>(Samples.sweep().rows());
        assertEquals("window, first and last layer", SweepChart.of(with(rows)).getXAxisTitle());
        rows.add(row("drop", List.of(9, 10), 150));
        assertEquals("first layer of the window", SweepChart.of(with(rows)).getXAxisTitle());
    }

    @Test
    void accuracyIsDrawnInPercentOnALinearScale() {
        SweepResult accuracy = new SweepResult(
                "vit",
                List.of(4),
                Accuracy.MEASURE,
                0.9455,
                "digits",
                "validation",
                List.of(row("none", List.of(0, 1, 2, 3), 0.04), row("none", List.of(1, 2, 3, 4), 0.93)),
                null,
                "ours",
                Samples.sweep().methods(),
                List.of(),
                null,
                100,
                null,
                null);
        XYChart chart = SweepChart.of(accuracy);
        assertArrayEquals(new double[] {4, 93}, chart.getSeries("vanilla").getYData(), 1e-9);
        assertEquals("accuracy, % (higher is better)", chart.getYAxisTitle());
        assertFalse(chart.getStyler().isYAxisLogarithmic());
        assertTrue(Pixels.of(new Picture(List.of(chart)).png()).count(Look.VERMILION) > 1000);
    }

    @Test
    void oneWindowIsAPoint() {
        SweepResult one = with(List.of(row("permute", List.of(0, 1, 2, 3, 4, 5), 88)));
        assertTrue(Pixels.of(new Picture(List.of(SweepChart.of(one))).png()).count(Look.BLUE) > 100);
    }
}
