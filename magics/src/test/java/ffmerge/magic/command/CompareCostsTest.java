package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.result.CompareResult;
import ffmerge.result.DryRun;
import ffmerge.result.Interval;
import ffmerge.result.SaveResult;
import ffmerge.view.ResultJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code compare} says that models cost: bytes on disk, FLOPs, latency. */
class CompareCostsTest extends SessionTests {
    private CompareResult compare(String line) {
        return (CompareResult) host.run("compare " + line, session);
    }

    private String sentence(CompareResult result) {
        return session.views().sentence(result);
    }

    /** Each a way to hold weights. */
    @ParameterizedTest
    @CsvSource({
        "gpt2-novels, merge base --window 3-5 --align none --as small",
        "gpt2-novels, merge base --window 3-4 --align none --rescale --residual 4 --tokens 600 --as small",
        "gpt2-novels, quantize base --to nf4 --as small",
        "gpt2-novels, quantize base --to int8 --as small",
        "gpt2-novels, prune base --method magnitude --sparsity 0.5 --unit hidden --as small",
        "vit-digits, drop base --site feed-forward --window 3-4 --as small",
        "opus-mt-tatoeba-zh-en, merge base --window 1-2 --stack decoder --align none --as small",
    })
    void bytesOnDiskAreThoseOfTheFilesThatSaveWrites(String name, String shrink) throws Exception {
        host.run("load " + name + " --as base", session);
        host.run(shrink, session);
        long counted = compare("small --limit 1").rows().get(0).bytesOnDisk();
        Path saved = folder.resolve("saved");
        SaveResult result = (SaveResult) host.run("save small " + saved + " --format tied", session);
        assertEquals(result.bytes(), counted);
        long files = 0;
        try (Stream<Path> all = Files.list(saved)) {
            for (Path file :
                    all.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
                files += Files.size(file);
            }
        }
        assertEquals(files, counted);
    }

    @Test
    void mergingKeepsTheFlopsAndThatIsSaid() {
        host.run("load gpt2-novels --as base", session);
        host.run("merge base --window 3-8 --align none --as small", session);
        host.run("drop base --window 3-4 --as shallow", session);
        CompareResult result = compare("base small shallow --limit 1");
        List<Long> flops =
                result.rows().stream().map(CompareResult.Row::flopsPerToken).toList();
        assertEquals(List.of(7_340_032L, 7_340_032L, 6_291_456L), flops);
        assertEquals(List.of("small"), result.withoutLessWork());
        assertTrue(
                sentence(result).endsWith(" Merging keeps the FLOPs: small does as many a token as base."),
                sentence(result));
        String title = session.views().charts(result).get(0).getTitle();
        assertEquals("Quality against size (merging keeps the FLOPs), novels test (1 window)", title);
        assertTrue(session.views()
                .rows(result)
                .orElseThrow()
                .columnNames()
                .containsAll(List.of("bytes on disk", "FLOPs/token")));
        assertFalse(sentence(compare("base shallow --limit 1")).contains("FLOPs"));
        assertNotEquals(
                flops.get(0),
                compare("base --limit 1 --context 128").rows().get(0).flopsPerToken());
    }

    @ParameterizedTest
    @CsvSource({
        "gpt2-novels, --latency",
        "vit-digits, --axis latency",
        "opus-mt-tatoeba-zh-en, --latency --max-length 4"
    })
    void latencyIsTimedInTurnAloneAndOfEight(String name, String option) {
        host.run("load " + name + " --as base", session);
        host.run("load " + name + " --as same", session);
        CompareResult result = compare("base same --limit 1 " + option);
        JsonNode rows = ResultJson.of(result).get("rows");
        for (JsonNode row : rows) {
            Set<String> batches = new TreeSet<>();
            row.get("latency").fieldNames().forEachRemaining(batches::add);
            assertEquals(Set.of("1", "8"), batches);
            for (JsonNode latency : row.get("latency")) {
                double seconds = latency.get("seconds").asDouble();
                JsonNode interval = latency.get("interval");
                assertTrue(seconds > 0 && interval.get(0).asDouble() <= seconds, latency::toString);
                assertTrue(seconds <= interval.get(1).asDouble(), latency::toString);
            }
        }
        assertFalse(rows.get(0).at("/latency/1").has("difference"));
        assertEquals("base", rows.get(1).at("/latency/8/difference/to").asText());
        Map<Integer, CompareResult.Latency> same = result.rows().get(1).latencies();
        Interval of = same.get(1).difference().interval();
        boolean holdsZero = of.holds(0);
        assertEquals(holdsZero, same.get(1).difference().isNoise());
        String column = session.views()
                .table(result)
                .orElseThrow()
                .stringColumn("latency to base")
                .get(1);
        assertEquals(holdsZero, column.equals("none"), column);
        assertEquals(holdsZero, sentence(result).contains("No difference in latency to base is to be told for same"));
    }

    @Test
    void aPlainComparisonTimesOneExampleAndNoMore() {
        host.run("load gpt2-novels --as base", session);
        CompareResult.Row row = compare("base --limit 1").rows().get(0);
        assertEquals(Set.of(1), row.latencies().keySet());
        assertEquals(row.latency(), row.latencies().get(1).seconds());
        double plain = ((DryRun) host.run("compare base --limit 1 --dry-run", session)).seconds();
        double timed = ((DryRun) host.run("compare base --limit 1 --latency --dry-run", session)).seconds();
        assertTrue(timed > plain, timed + " and " + plain);
    }
}
