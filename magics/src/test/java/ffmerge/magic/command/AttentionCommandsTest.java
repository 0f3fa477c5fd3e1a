package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.architecture.Branch;
import ffmerge.checkpoint.SafetensorsFile;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.result.DryRun;
import ffmerge.result.EvalResult;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import ffmerge.result.SweepResult;
import ffmerge.shrink.Outline;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Merged attention as a notebook has it: counted, told, saved, loaded, swept, stacked, refused. Six heads share three of keys. */
class AttentionCommandsTest extends WordModelTests {
    private static final int ATTENTION = 12 * (12 + 6 + 6 + 12);

    private ShrinkResult merge(String options) {
        return (ShrinkResult) onText("merge base --site attention --tokens 320 " + options);
    }

    private static long tensorBytes(Path folder) {
        try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("model.safetensors"))) {
            return file.tensors().values().stream().mapToLong(TensorSpec::bytes).sum();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mean", "anchor", "fresh"})
    void itIsCountedToldSavedAndLoaded(String average) {
        ShrinkResult merged = merge("--window 0-2 --as m --average " + average);
        assertEquals(2 * ATTENTION, merged.parametersBefore() - merged.parametersAfter());
        assertEquals(8 * ATTENTION, merged.bytesBefore() - merged.bytesAfter());
        assertEquals(merged.parametersAfter(), model("m").parameters().uniqueCount());
        DryRun predicted =
                (DryRun) onText("merge base --site attention --tokens 320 --window 0-2 --dry-run --average " + average);
        assertEquals(merged.parametersAfter(), predicted.parametersAfter());
        assertEquals(merged.bytesAfter(), predicted.bytesAfter());
        JsonNode json = new ObjectMapper().valueToTree(merged);
        assertEquals("attention", json.get("site").asText());
        assertEquals(average, json.get("average").asText());
        assertTrue(session.lineage("m").toString().contains("site attention"));
        assertEquals(
                List.of(new Step.Group("decoder", List.of(0, 1, 2))),
                Outline.of(model("m")).sharing(Branch.ATTENTION));
        assertEquals(average.equals("mean") ? 2 : 0, matched(merged));

        Path tied = folder.resolve("tied");
        run("save m " + tied + " --dtype float32");
        assertEquals(4 * merged.parametersAfter(), tensorBytes(tied));
        run("load " + tied + " --as again");
        assertArrayEquals(logits("m"), logits("again"));
        assertEquals(merged.parametersAfter(), model("again").parameters().uniqueCount());
        assertEquals(session.lineage("m").toString(), session.lineage("again").toString());
        Path expanded = folder.resolve("expanded");
        run("save m " + expanded + " --format expanded --dtype float32");
        run("load " + expanded + " --as plain");
        assertArrayEquals(logits("m"), logits("plain"));
    }

    private static int matched(ShrinkResult merged) {
        return merged.matchedCorrelation().isEmpty()
                ? 0
                : merged.matchedCorrelation().get("decoder").size();
    }

    @Test
    void itIsSwept() {
        SweepResult swept = (SweepResult) onText(
                "sweep base --length 2 --methods permute,none,drop --site attention" + " --tokens 320 --limit 4");
        assertEquals(6, swept.rows().size());
        merge("--window 1-2 --as m");
        run("drop base --site attention --window 1-2 --as d");
        assertEquals(value("m"), swept.values("permute").get("1-2"), 1e-6);
        assertEquals(value("d"), swept.values("drop").get("1-2"), 1e-6);
        assertEquals(ATTENTION, swept.rows().get(0).parametersRemoved());
        assertEquals("attention", swept.method("permute").options().get("site"));
        DryRun cost = (DryRun)
                onText("sweep base --length 2 --methods permute --site attention --tokens 320 --limit 4 --dry-run");
        assertTrue(cost.seconds() > 0 && cost.memoryBytes() > 0);
    }

    private double value(String name) {
        return ((EvalResult) onText("eval " + name + " --split validation --limit 4")).value();
    }

    @Test
    void itStacks() {
        merge("--window 0-1 --as a");
        ShrinkResult both = (ShrinkResult) onText("merge a --window 1-2 --tokens 320 --as both");
        assertEquals(List.of(new Step.Group("decoder", List.of(1, 2))), both.sharing());
        assertEquals(List.of(new Step.Group("decoder", List.of(0, 1))), both.attentionSharing());
        assertEquals(
                "decoder layers 0-1 share one attention sublayer; merging 1-2 would untie 0: merge all of them with"
                        + " --window 0-2",
                refusal("merge both --site attention --window 1-2 --align none --as x"));
        run("prune both --method magnitude --unit head --sparsity 0.4 --as pruned");
        assertEquals(
                List.of(new Step.Group("decoder", List.of(0, 1))),
                Outline.of(model("pruned")).sharing(Branch.ATTENTION));
        run("quantize both --to int8 --as q");
        onText("tune both --steps 2 --batch 2 --as t");
        run("drop t --window 0-0 --as dropped");
        assertTrue(
                Double.isFinite(value("pruned")) && Double.isFinite(value("q")) && Double.isFinite(value("dropped")));
        assertFalse(Arrays.equals(logits("both"), logits("t")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "merge base --site attention --window 0-1 --average regression --as x | --average regression is of FF"
                        + " sublayers; attention sublayers are merged by --average mean, anchor or fresh",
                "merge base --site attention --window 0-1 --average weighted --as x | --average weighted is of FF"
                        + " sublayers; attention sublayers are merged by --average mean, anchor or fresh",
                "merge base --site attention --window 0-1 --rescale --as x | --rescale is of FF sublayers: leave it out"
                        + " where --site attention is merged",
                "merge base --site attention --window 0-1 --residual 2 --as x | --residual is of FF sublayers: leave it out"
                        + " where --site attention is merged",
                "merge base --site attention --window 0-1 --features gate --as x | --features gate is of FF sublayers: heads"
                        + " of attention are matched by their outputs, so leave it out",
                "merge base --site attention --layers 0,1 --layers 1,2 --as x | layer 1 is in two groups, 0-1 and 1-2; name"
                        + " it once",
                "merge base --site attention --window 1-3 --as x | there is no layer 3: the decoder has layers 0 to 2",
                "merge base --site head --window 0-1 --as x | --site is feed-forward, attention; 'head' isn't",
                "merge d --site attention --window 0-1 --as x | layer 0 of the decoder has no attention sublayer",
                "sweep base --length 2 --site attention --average weighted | --average weighted is of FF sublayers;"
                        + " attention sublayers are merged by --average mean, anchor or fresh",
            })
    void whatCannotBeIsRefusedInOneLine(String line, String message) {
        run("drop base --site attention --window 0-0 --as d");
        String refusal = refusal(line + " --data " + data);
        assertTrue(refusal.startsWith(message), refusal);
    }
}
