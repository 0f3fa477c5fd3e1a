package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.result.DryRun;
import ffmerge.result.EvalResult;
import ffmerge.result.Lineage;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import ffmerge.result.SweepResult;
import ffmerge.view.ResultJson;
import ffmerge.view.Views;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ways to shrink one upon another, in every order that makes sense, and why the others are refused. */
class StackedWaysTest extends WordModelTests {
    private static final long FEED_FORWARD = 3 * 12 * 11;

    private ShrinkResult shrink(String line) {
        return (ShrinkResult) run(line);
    }

    private List<String> ways(String name) {
        return session.lineage(name).steps().stream().map(Step::way).toList();
    }

    private double value(String name) {
        return ((EvalResult) run("eval " + name + " --data " + data + " --limit 8")).value();
    }

    @Test
    void mergedQuantizedTunedAndFolded() throws Exception {
        ShrinkResult merged = shrink("merge base --window 0-1 --tokens 320 --as m --data " + data);
        assertEquals(List.of(new Step.Group("decoder", List.of(0, 1))), merged.sharing());
        assertEquals("text", session.lineage("m").option("data").orElseThrow(), "not where it lies on this disk");
        DryRun predicted = (DryRun) run("quantize m --dry-run");
        ShrinkResult quantized = shrink("quantize m --as q");
        assertEquals(quantized.bytesBefore(), predicted.bytesBefore());
        assertEquals(quantized.bytesAfter(), predicted.bytesAfter());
        assertEquals(merged.parametersAfter(), quantized.parametersAfter());
        assertEquals(model("q").parameters().bytes(), quantized.bytesAfter());
        assertTrue(quantized.bytesAfter() < quantized.bytesBefore());
        assertEquals("nf4", quantized.method());
        assertEquals(merged.sharing(), quantized.sharing(), "ties are kept");
        run("tune q --steps 2 --batch 2 --rank 2 --as t --data " + data);
        run("fold t --as f");
        assertEquals(List.of("merge", "quantize", "adapt", "tune", "fold"), ways("f"));
        assertEquals(2, session.lineage("f").tuningSteps());
        assertEquals(value("t"), value("f"), 1e-4 * value("t"));
        assertEquals(merged.parametersAfter(), model("f").parameters().uniqueCount());

        Path saved = folder.resolve("saved");
        run("save f " + saved);
        run("load " + saved + " --as again");
        ObjectMapper json = new ObjectMapper();
        Lineage kept = session.lineage("f");
        assertEquals(
                json.readTree(json.writeValueAsString(kept)),
                json.readTree(saved.resolve("ffmerge.json").toFile()).get("lineage"));
        assertEquals(kept.toString(), session.lineage("again").toString());
    }

    @Test
    void droppedAndThenMerged() {
        shrink("drop base --window 1-1 --as d");
        ShrinkResult merged = shrink("merge d --window 0-1 --align none --as m");
        assertEquals(FEED_FORWARD, merged.parametersBefore() - merged.parametersAfter());
        assertEquals(List.of("drop", "merge"), ways("m"));
        assertEquals(2, model("m").layers());
    }

    @Test
    void mergedAndThenDropped() {
        shrink("merge base --window 0-2 --align none --as m");
        DryRun predicted = (DryRun) run("drop m --window 0-0 --dry-run");
        ShrinkResult dropped = shrink("drop m --window 0-0 --as d");
        assertEquals(predicted.parametersAfter(), dropped.parametersAfter());
        assertEquals(List.of(new Step.Group("decoder", List.of(0, 1))), dropped.sharing());
    }

    @Test
    void quantizedAndThenDropped() {
        shrink("quantize base --to nf4 --as q");
        ShrinkResult dropped = shrink("drop q --window 0-0 --as d");
        assertEquals(2, model("d").layers());
        assertTrue(model("d").parameters().isQuantized());
        assertEquals(model("d").parameters().bytes(), dropped.bytesAfter());
    }

    @Test
    void aWholeGroupMergesWithMore() {
        shrink("merge base --window 0-1 --align none --as m");
        DryRun predicted = (DryRun) run("merge m --window 0-2 --align none --dry-run");
        ShrinkResult all = shrink("merge m --window 0-2 --align none --as all");
        assertEquals(List.of(new Step.Group("decoder", List.of(0, 1, 2))), all.sharing());
        assertEquals(FEED_FORWARD, all.parametersBefore() - all.parametersAfter());
        assertEquals(predicted.parametersAfter(), all.parametersAfter());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "merge m --window 1-2 --as x | decoder layers 0-1 share one FF sublayer; merging 1-2 would untie 0: merge all"
                        + " of them with --window 0-2",
                "merge m --layers 0,2 --as x | decoder layers 0-1 share one FF sublayer; merging 0,2 would untie 1: merge all"
                        + " of them with --window 0-2",
                "merge m --window 1-2 --dry-run | decoder layers 0-1 share one FF sublayer; merging 1-2 would untie 0: merge"
                        + " all of them with --window 0-2",
                "merge q --window 0-1 --as x | 'q' is held in nf4, of which no averages are made: merge first, then"
                        + " %ffmerge quantize what comes out",
                "sweep q --length 2 | 'q' is held in nf4, of which no averages are made: merge first, then %ffmerge quantize"
                        + " what comes out",
                "quantize q --as x | 'q' is in nf4 already",
                "quantize base --to nf5 --as x | --to is nf4, int8, int8-weight; 'nf5' isn't; did you mean 'nf4'? There is no"
                        + " Java variable 'nf5' either",
                "fold m --as x | 'm' carries no adapters: %ffmerge tune m --adapters shared --as tuned makes a model that does",
                "merge t --window 0-1 --as x | 't' carries adapters, so it can't be merged: first make them part of the weights"
                        + " with %ffmerge fold t --as NEW",
                "drop t --window 0-0 --as x | 't' carries adapters, so it can't be cut: first make them part of the weights"
                        + " with %ffmerge fold t --as NEW",
                "drop base --window 0-2 --as x | dropping all 3 layers of the decoder leaves nothing",
            })
    void whatMakesNoSenseIsRefusedInOneLine(String line, String message) {
        shrink("merge base --window 0-1 --align none --as m");
        shrink("quantize base --as q");
        run("tune base --adapters shared --steps 1 --batch 1 --rank 1 --as t --data " + data);
        assertEquals(message, host.refusal(line, session));
    }

    /** Of a model of which some layers share already, the windows are scored that leave them together. */
    @Test
    void aSweepLeavesOutWindowsThatWouldUntie() {
        shrink("merge base --window 0-1 --align none --as m");
        SweepResult swept = (SweepResult) run("sweep m --length 2 --methods none,drop --limit 4 --data " + data);
        assertEquals(
                List.of("none 0", "drop 0", "drop 1"),
                swept.rows().stream()
                        .map(row -> row.method() + " " + row.start())
                        .toList());
        assertEquals(1, swept.leftOut().size());
        assertEquals(List.of(1, 2), swept.leftOut().get(0).layers().get("decoder"));
        assertTrue(swept.leftOut().get(0).reason().contains("would untie 0"));
        assertEquals(0, swept.rows().get(0).parametersRemoved(), "they are one already");
        assertTrue(swept.rows().get(0).savesNothing());
        assertNull(swept.best(), "dropping is not the first method");
        assertTrue(
                Views.BUILT_IN.sentence(swept).contains("; no window of the first method, vanilla, saves anything"),
                Views.BUILT_IN.sentence(swept));
        assertTrue(
                Views.BUILT_IN
                        .sentence(swept)
                        .contains(" 1 is left out, such as 1-2 (vanilla): decoder layers 0-1 share"),
                Views.BUILT_IN.sentence(swept));
    }

    @Test
    void aWindowThatSavesNothingIsNeverTheBest() {
        shrink("merge base --window 0-1 --align none --as m");
        SweepResult swept = (SweepResult) run("sweep m --length 3 --methods none --limit 4 --data " + data);
        assertEquals(List.of(0, 1, 2), swept.best().layers().get("decoder"), "it ties one layer more");
        assertEquals(FEED_FORWARD, swept.best().parametersRemoved());

        shrink("merge m --window 0-2 --align none --as all");
        SweepResult useless = (SweepResult) run("sweep all --length 3 --methods none --limit 4 --data " + data);
        assertNull(useless.best());
        assertEquals("no window saves anything", Views.BUILT_IN.of(useless).outcome(useless));
        assertTrue(Views.BUILT_IN.sentence(useless).contains("; no window saves anything: "));
        assertEquals(
                "0-2 (saves nothing)",
                Views.BUILT_IN.table(useless).orElseThrow().get(0, 0));
        assertTrue(ResultJson.of(useless).get("best").isNull());
        assertTrue(ResultJson.of(useless).at("/rows/0/savesNothing").asBoolean());
        assertEquals(1, useless.measurements().size());
        host.variables.put("useless", useless);
        assertEquals(
                "the Java variable 'useless' holds a sweep without a best window: in none of them does vanilla save anything",
                host.refusal("merge all --window useless --as x", session));

        SweepResult dropped = (SweepResult) run("sweep all --length 1 --methods drop --limit 4 --data " + data);
        assertEquals(1, dropped.best().layersRemoved());
        assertEquals(0, dropped.best().feedForwardsRemoved(), "the others hold it still");
        assertTrue(dropped.best().bytesRemoved() > 0);
    }

    @Test
    void whatVersion01NotedIsStillTold() throws Exception {
        Path saved = folder.resolve("saved");
        run("save base " + saved);
        String words = "olmo > merge [[0, 1]] permute first > tune 300 steps";
        Files.writeString(saved.resolve("ffmerge.json"), "{\"model\":\"" + words + "\",\"ties\":{}}");
        run("load " + saved + " --as old");
        assertEquals(words, session.lineage("old").toString());
        shrink("drop old --window 0-0 --as d");
        assertEquals(words + " > drop decoder layer 0", session.lineage("d").toString());
    }
}
