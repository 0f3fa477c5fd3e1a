package ffmerge.lab;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;

class PlotTest {
    @Test
    void seriesAreToldApart() {
        XYChart chart = Plot.of("clouds", "x", "y")
                .points("A", new double[][] {{1, 2}, {3, 4}})
                .points("B", new double[][] {{5, 6}})
                .curve("C", new double[] {0, 1}, new double[] {2, 3})
                .chart();
        assertEquals(
                List.of("A", "B", "C"),
                chart.getSeriesCollection().stream().map(XYSeries::getName).toList());
        XYSeries a = chart.getSeries("A");
        XYSeries b = chart.getSeries("B");
        assertArrayEquals(new double[] {2, 4}, a.getYData());
        assertEquals(Optional.of(XYSeries.XYSeriesRenderStyle.Scatter), a.getXYSeriesRenderStyle());
        assertNotEquals(a.getMarkerColor(), b.getMarkerColor());
        assertNotEquals(a.getMarker(), b.getMarker());
    }
}
