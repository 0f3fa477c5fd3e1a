package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.architecture.ModelTensor;
import ffmerge.model.TransformerModel;
import ffmerge.result.DryRun;
import ffmerge.result.EvalResult;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import ffmerge.result.SweepResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models that lack the FF or attention sublayers of some layers, from the command to the folder and back. */
class DropSublayersTest extends WordModelTests {
    private double value(String name) {
        return ((EvalResult) run("eval " + name + " --limit 8 --data " + data)).value();
    }

    private static long parameters(TransformerModel model, int layer, String part) {
        return model.architecture().tensors().stream()
                .filter(t -> t.layer() == layer && t.name().contains(part))
                .mapToLong(ModelTensor::elements)
                .sum();
    }

    @ParameterizedTest
    @CsvSource({"feed-forward, mlp", "attention, self_attn"})
    void whatIsDroppedIsGoneFromParametersBytesAndFiles(String site, String part) throws Exception {
        long gone = parameters(model("base"), 1, part);
        DryRun predicted = (DryRun) run("drop base --site " + site + " --window 1-1 --dry-run");
        ShrinkResult dropped = (ShrinkResult) run("drop base --site " + site + " --window 1-1 --as d");
        assertTrue(gone > 0);
        assertEquals(gone, dropped.parametersBefore() - dropped.parametersAfter());
        assertEquals(4 * gone, dropped.bytesBefore() - dropped.bytesAfter());
        assertEquals(predicted.parametersAfter(), dropped.parametersAfter());
        assertEquals("drop", dropped.method());
        assertEquals(site, dropped.options().get("site"));
        assertEquals(Map.of("decoder", List.of(1)), dropped.layers());
        assertEquals(3, model("d").layers());
        assertEquals(
                0,
                model("d").architecture().tensors().stream()
                        .filter(t -> t.layer() == 1 && t.name().contains(part))
                        .count());

        Path saved = folder.resolve("saved");
        run("save d " + saved);
        assertTrue(host.notices.toString().contains("can't be opened by transformers"), host.notices.toString());
        JsonNode config =
                new ObjectMapper().readTree(saved.resolve("config.json").toFile());
        assertEquals("ffmerge", config.path("model_type").asText(), "no other program fills it with random weights");
        run("load " + saved + " --as again");
        assertEquals(value("d"), value("again"), 0);
        assertEquals(dropped.parametersAfter(), model("again").parameters().uniqueCount());
        assertEquals(session.lineage("d").toString(), session.lineage("again").toString());
        assertEquals(
                "'again' has a shape that transformers knows no config for, as some of its layers lack sublayers: save it"
                        + " with --format tied, for ffmerge alone",
                refusal("save again " + folder.resolve("wide") + " --format expanded"));
    }

    /** A branch that adds nothing is the same as none. */
    @ParameterizedTest
    @CsvSource({"feed-forward, mlp.down_proj.weight", "attention, self_attn.o_proj.weight"})
    void itComputesWhatABranchOfZerosDoes(String site, String out) throws Exception {
        run("drop base --site " + site + " --layers 0,2 --as d");
        Path saved = folder.resolve("zeros");
        run("save base " + saved + " --dtype float32");
        ZeroedTensors.in(saved, name -> name.endsWith(out) && !name.contains(".1."));
        run("load " + saved + " --as zeros");
        assertEquals(value("zeros"), value("d"), 1e-6 * value("d"));
    }

    @Test
    void itStacks() {
        run("drop base --site feed-forward --window 0-0 --as d");
        ShrinkResult merged = (ShrinkResult) run("merge d --window 1-2 --align none --as m");
        assertEquals(List.of(new Step.Group("decoder", List.of(1, 2))), merged.sharing());
        run("quantize m --to int8 --as q");
        run("drop q --site attention --window 1-1 --as a");
        run("drop a --window 2-2 --as two");
        assertEquals(2, model("two").layers());
        assertTrue(model("two").parameters().isQuantized());
        run("tune m --steps 2 --batch 2 --as t --data " + data);
        run("tune a --steps 2 --batch 2 --rank 2 --as ta --data " + data);
        assertTrue(Double.isFinite(value("t")) && Double.isFinite(value("ta")) && Double.isFinite(value("two")));
        // the layer that lacked its FF sublayer goes, and with it the lack
        run("drop d --window 0-0 --as whole");
        assertEquals(
                2, model("whole").architecture().stack("decoder").feedForwards().size());
        run("drop d --window 1-1 --as moved");
        assertEquals(
                List.of(1),
                model("moved").architecture().stack("decoder").feedForwards().stream()
                        .map(s -> s.layer())
                        .toList());
    }

    @Test
    void itIsSweptAndLeavesOutWindowsThatLackIt() {
        SweepResult swept =
                (SweepResult) run("sweep base --length 1 --methods drop --site attention --limit 4 --data " + data);
        assertEquals(3, swept.rows().size());
        run("drop base --site attention --window 1-1 --as d");
        double one = ((EvalResult) run("eval d --split validation --limit 4 --data " + data)).value();
        assertEquals(swept.rows().get(1).value(), one, 1e-6 * one);
        run("drop base --site feed-forward --window 0-0 --as f");
        SweepResult rest = (SweepResult) run("sweep f --length 2 --methods none,drop --limit 4 --data " + data);
        assertEquals(2, rest.leftOut().size(), "merging 0-1, and dropping all layers that have one");
        assertTrue(rest.leftOut().get(0).reason().contains("layer 0 of the decoder has no FF sublayer"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "merge d --window 0-1 --as x --data DATA | layer 0 of the decoder has no FF sublayer",
                "align d --layers 0,1 --data DATA | layer 0 of the decoder has no FF sublayer",
                "cka d --data DATA | layer 0 of the decoder has no feed-forward sublayer to compare; compare those of the"
                        + " model that it was made from",
                "drop d --site feed-forward --window 0-0 --as x | layer 0 of the decoder has no feed-forward sublayer",
                "drop d --site feed-forward --window 1-2 --as x | dropping all 2 FF sublayers of the decoder leaves none",
                "drop base --site feed-forward --window 2-3 --as x | there is no layer 3: the decoder has layers 0 to 2",
                "drop base --site head --window 1-1 --as x | --site is layer, feed-forward, attention; 'head' isn't",
            })
    void whatCannotBeIsRefusedInOneLine(String line, String message) {
        run("drop base --site feed-forward --window 0-0 --as d");
        String refusal = refusal(line.replace("DATA", data.toString()));
        assertTrue(refusal.startsWith(message), refusal);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cka d --site attention --tokens 64", "align d --layers 1,2 --tokens 64"})
    void whatIsThereIsStillCompared(String line) {
        run("drop base --site feed-forward --window 0-0 --as d");
        assertTrue(onText(line) != null);
    }
}
