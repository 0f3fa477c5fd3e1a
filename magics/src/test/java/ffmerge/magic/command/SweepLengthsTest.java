package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.plot.HeatMap;
import ffmerge.result.DryRun;
import ffmerge.result.SweepResult;
import ffmerge.view.Views;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A sweep over windows of several lengths. */
class SweepLengthsTest extends WordModelTests {
    private SweepResult sweep(String options) {
        return (SweepResult) onText("sweep base --tokens 320 --limit 4 " + options);
    }

    @Test
    void itGivesWhatSweepsOfEachLengthGive() {
        SweepResult both = sweep("--length 3,2 --methods permute,none");
        List<SweepResult.Row> rows = new ArrayList<>();
        for (int length : List.of(2, 3)) {
            rows.addAll(sweep("--length " + length + " --methods permute,none").rows());
        }
        assertEquals(6, both.rows().size());
        IntStream.range(0, 6).forEach(i -> {
            assertEquals(rows.get(i).layers(), both.rows().get(i).layers());
            assertEquals(rows.get(i).method(), both.rows().get(i).method());
            assertEquals(rows.get(i).value(), both.rows().get(i).value(), 1e-6);
            assertEquals(rows.get(i).interval(), both.rows().get(i).interval());
        });
        JsonNode json = new ObjectMapper().valueToTree(both);
        assertEquals("[2,3]", json.get("length").toString());
        assertEquals(
                json.get("best").get("value").asDouble(),
                Math.min(
                        json.at("/bestOfLength/2/value").asDouble(),
                        json.at("/bestOfLength/3/value").asDouble()));
        assertEquals(2, json.at("/bestOfLength/2/layers/decoder").size());
        assertTrue(new ObjectMapper()
                .valueToTree(sweep("--length 2"))
                .get("length")
                .isInt());
    }

    @Test
    void aMapIsDrawnForEachMethod() {
        SweepResult both = sweep("--length 2,3 --methods permute,none");
        assertTrue(both.leftOut().isEmpty(), both.leftOut().toString());
        assertEquals(2, Views.BUILT_IN.charts(both).size());
        assertInstanceOf(HeatMap.class, Views.BUILT_IN.charts(both).get(0));
        assertTrue(Views.BUILT_IN.picture(both).orElseThrow().png().length > 10_000);
        String sentence = Views.BUILT_IN.sentence(both);
        assertTrue(sentence.contains("windows of 2 and 3 layers"), sentence);
        assertTrue(sentence.contains("the best of each length (permuted): "), sentence);
    }

    @Test
    void itsCostIsThatOfAllWindows() {
        DryRun one = (DryRun) onText("sweep base --tokens 320 --limit 4 --length 2 --dry-run");
        DryRun both = (DryRun) onText("sweep base --tokens 320 --limit 4 --length 2,3 --dry-run");
        assertTrue(both.seconds() > one.seconds());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--length 2,9 | --length 9 doesn't fit: windows of this model have 2 to 3 layers",
                "--length 2,2 | --length names 2 twice",
                "--length 2,x | --length is a whole number of at least 1; 'x' isn't",
                "--length , | --length is a list joined by commas; ',' names nothing",
                "--methods permute | say how many layers a window has: --length 6",
            })
    void whatCannotBeIsRefusedInOneLine(String options, String message) {
        String refusal = refusal("sweep base --limit 4 " + options + " --data " + data);
        assertTrue(refusal.startsWith(message), refusal);
    }
}
