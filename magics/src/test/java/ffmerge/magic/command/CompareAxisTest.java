package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.result.CompareResult;
import ffmerge.result.CompareResult.Axis;
import ffmerge.view.Views;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
import tech.tablesaw.api.Table;

/** {@code compare --axis}: what models' quality is set against. */
class CompareAxisTest extends WordModelTests {
    private CompareResult compare(String words) {
        return (CompareResult) onText("compare " + words + " --limit 2");
    }

    @Test
    void modelsInFewerBitsAreSetAgainstBytes() {
        run("quantize base --as base4");
        CompareResult result = compare("base base4");
        assertEquals(Axis.BYTES, result.axis());
        CompareResult.Row base = result.rows().get(0);
        CompareResult.Row base4 = result.rows().get(1);
        assertEquals(base.uniqueParameters(), base4.uniqueParameters());
        double removed = 1 - (double) base4.bytes() / base.bytes();
        assertTrue(removed > 0.2, "bytes removed: " + removed);
        Table table = Views.BUILT_IN.table(result).orElseThrow();
        assertEquals(0, table.doubleColumn("parameters removed").getDouble(1));
        assertEquals(removed, table.doubleColumn("bytes removed").getDouble(1), 1e-12);
        XYChart chart = (XYChart) Views.BUILT_IN.charts(result).get(0);
        double[] drawn = chart.getSeries("other models").getXData();
        assertEquals(100 * removed, drawn[0], 1e-9);
        String sentence = Views.BUILT_IN.sentence(result);
        assertTrue(sentence.contains("base4, perplexity ") && sentence.contains(" % less"), sentence);
    }

    @Test
    void anotherAxisIsAskedFor() {
        run("drop base --window 1-1 --as shallow");
        assertEquals(Axis.PARAMETERS, compare("base shallow").axis());
        assertEquals(Axis.BYTES, compare("base shallow --axis bytes").axis());
        assertEquals(Axis.LATENCY, compare("base shallow --axis latency").axis());
        assertEquals(
                "--axis is parameters, bytes, latency; 'byte' isn't; did you mean 'bytes'?",
                refusal("compare base --axis byte"));
    }
}
