package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.correlation.CorrelationMatrix;
import ffmerge.plot.Svg;
import ffmerge.result.AlignResult;
import ffmerge.result.CkaResult;
import ffmerge.result.CompareResult;
import ffmerge.view.Views;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Pictures of what commands give, of a small model. */
class ChartCommandsTest extends WordModelTests {
    @Test
    void anAlignmentsHistogramAndMapsAreOfItsCorrelations() {
        onText("align base --layers 0,1 --matrix --as correlations --tokens 60");
        CorrelationMatrix matrix = (CorrelationMatrix) host.variables.get("correlations");
        AlignResult result = (AlignResult) onText("align base --layers 0,1 --tokens 60");
        int[] order = result.permutation();
        int n = matrix.size();
        AlignResult.Histogram histogram = result.histogram();
        int bins = histogram.matched().length;
        double[] expected = new double[bins];
        for (int unit = 0; unit < n; unit++) {
            double value = matrix.values()[unit * n + order[unit]];
            int bin = 0;
            while (bin < bins - 1 && value >= histogram.edges()[bin + 1]) {
                bin++;
            }
            expected[bin] += 1.0 / n;
        }
        assertArrayEquals(expected, histogram.matched(), 1.5 / n, "values at an edge may be in either bin");
        for (double[] shares : List.of(histogram.matched(), histogram.identity(), histogram.chance())) {
            assertEquals(1, Arrays.stream(shares).sum(), 1e-9);
        }
        AlignResult.Maps maps = result.maps();
        assertEquals(1, maps.block());
        for (int unit = 0; unit < n; unit++) {
            assertEquals(Math.abs(matrix.values()[unit * n + unit]), maps.before()[unit][unit], 1e-6);
            assertEquals(Math.abs(matrix.values()[unit * n + order[unit]]), maps.after()[unit][unit], 1e-6);
        }
        assertEquals(3, Views.BUILT_IN.charts(result).size());
    }

    @Test
    void aScaleOffTheDiagonalSpansTheOtherValues() {
        CkaResult full = (CkaResult) onText("cka base --tokens 60");
        CkaResult stretched = (CkaResult) onText("cka base --tokens 60 --scale off-diagonal");
        assertEquals(CkaResult.Scale.FULL, full.scale());
        Svg wide = Svg.of(Views.BUILT_IN.picture(full).orElseThrow());
        Svg narrow = Svg.of(Views.BUILT_IN.picture(stretched).orElseThrow());
        int layers = full.stacks().get("decoder").length;
        assertEquals(layers * layers, wide.titles().size());
        assertEquals(layers * layers - layers, narrow.titles().size(), "the diagonal is 1 always");
        assertTrue(
                wide.texts().containsAll(List.of("0.0", "1.0", "CKA")),
                wide.texts().toString());
        assertTrue(
                narrow.texts().contains("CKA of different layers"),
                narrow.texts().toString());
    }

    @Test
    void aComparisonKnowsHowItsModelsWereMade() {
        onText("merge base --window 0-1 --tokens 60 --as merged");
        run("merge base --window 0-1 --align none --as plain");
        run("drop base --window 1-1 --as shallow");
        CompareResult result = (CompareResult) onText("compare base merged plain shallow --limit 2");
        assertEquals(
                Map.of("merged", "permuted", "plain", "vanilla", "shallow", "layer dropping"),
                Map.of(
                        "merged", result.made().get("merged").title(),
                        "plain", result.made().get("plain").title(),
                        "shallow", result.made().get("shallow").title()));
        Svg svg = Svg.of(Views.BUILT_IN.picture(result).orElseThrow());
        assertEquals("#0072b2", svg.color("merged: "));
        assertEquals("#d55e00", svg.color("plain: "));
        assertEquals("#009e73", svg.color("shallow: "));
    }
}
