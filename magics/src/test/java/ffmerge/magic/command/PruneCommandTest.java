package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.architecture.ModelTensor;
import ffmerge.model.TransformerModel;
import ffmerge.result.DryRun;
import ffmerge.result.EvalResult;
import ffmerge.result.ShrinkResult;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pruning from the command to the folder and back, and stacked with the other ways. */
class PruneCommandTest extends WordModelTests {
    private double value(String name) {
        return ((EvalResult) run("eval " + name + " --limit 8 --data " + data)).value();
    }

    @ParameterizedTest
    @CsvSource({
        "wanda, weight",
        "magnitude, weight",
        "obd, weight",
        "random, weight",
        "wanda, hidden",
        "obd, hidden",
        "magnitude, hidden",
        "random, hidden",
        "magnitude, head",
        "random, head",
        "wanda, head",
        "obd, head"
    })
    void itIsPredictedDoneSavedAndLoaded(String method, String unit) {
        String line = "prune base --method " + method + " --unit " + unit + " --sparsity 0.5";
        boolean sees = List.of("wanda", "obd").contains(method);
        String on = sees ? " --tokens 300 --data " + data : "";
        DryRun predicted = (DryRun) run(line + on + " --dry-run");
        ShrinkResult pruned = (ShrinkResult) run(line + on + " --as p");
        assertEquals("prune", pruned.way());
        assertEquals(method, pruned.method());
        assertEquals(0.5, pruned.options().get("sparsity"));
        assertEquals(unit, pruned.options().get("unit"));
        assertEquals(predicted.parametersAfter(), pruned.parametersAfter());
        assertEquals(predicted.bytesAfter(), pruned.bytesAfter());
        assertEquals(unit.equals("weight"), pruned.parametersAfter() == pruned.parametersBefore());
        assertEquals(
                4 * (pruned.parametersBefore() - pruned.parametersAfter()), pruned.bytesBefore() - pruned.bytesAfter());
        assertEquals(sees, pruned.options().containsKey("tokens"));
        Path saved = folder.resolve("saved");
        run("save p " + saved + " --format expanded --dtype float32");
        run("load " + saved + " --as again");
        assertEquals(value("p"), value("again"), 0);
        assertEquals(session.lineage("p").toString(), session.lineage("again").toString());
    }

    /** Whole groups: 4 heads for 2 of keys and values. */
    @Test
    void headsLeaveWithWhatTheyShare() throws Exception {
        run("load src/test/resources/gated/mistral --as grouped");
        TransformerModel before = model("grouped");
        int groups = before.architecture().heads("decoder").groups();
        int queries = before.architecture().heads("decoder").queries();
        run("prune grouped --unit head --sparsity 0.5 --as p");
        assertEquals(
                groups - groups / 2, model("p").architecture().heads("decoder").groups());
        assertEquals(
                queries / groups * (groups - groups / 2),
                model("p").architecture().heads("decoder").queries());
        assertEquals(
                before.architecture().heads("decoder").width(),
                model("p").architecture().heads("decoder").width());
    }

    /** What enters all maps is seen in the one pass, and the sites together are what each is alone. */
    @ParameterizedTest
    @ValueSource(strings = {"wanda", "obd"})
    void sitesAreWhatTheySayOfInputsToo(String method) {
        String line = "prune base --method " + method + " --sparsity 0.5 --tokens 300 --data " + data;
        run(line + " --as ff");
        run(line + " --site attention --as attention");
        run(line + " --site all --as all");
        for (ModelTensor tensor : model("base").architecture().tensors()) {
            String of = tensor.layer() >= 0 && !tensor.isFeedForward() ? "attention" : "ff";
            assertArrayEquals(
                    model(of).checkpoint().read(tensor.name()),
                    model("all").checkpoint().read(tensor.name()),
                    tensor.name());
        }
        assertFalse(Arrays.equals(logits("all"), logits("ff")));
        assertFalse(Arrays.equals(logits("all"), logits("attention")));
    }

    /** What heads are of may be said. */
    @Test
    void headsAreOfAttentionWhetherItIsSaidOrNot() {
        run("prune base --unit head --sparsity 0.5 --as p");
        run("prune base --unit head --site attention --sparsity 0.5 --as said");
        assertArrayEquals(logits("p"), logits("said"));
    }

    @Test
    void whereNoLayerAttendsNothingIsPruned() {
        run("drop base --site attention --window 0-2 --as blind");
        String message = "no layer has an attention sublayer of which anything could be pruned";
        assertEquals(message, refusal("prune blind --unit head --sparsity 0.5 --as x"));
        assertEquals(message, refusal("prune blind --site attention --sparsity 0.5 --as x"));
    }

    @Test
    void itStacks() {
        run("prune base --unit hidden --sparsity 0.3 --as narrow");
        run("merge narrow --window 0-1 --align none --as m");
        ShrinkResult twice = (ShrinkResult) run("prune m --unit hidden --sparsity 0.3 --as n");
        assertEquals(1, twice.sharing().size(), "ties are kept");
        run("prune n --sparsity 0.5 --as s");
        run("quantize s --to int8-weight --as q");
        run("drop q --site attention --window 1-1 --as d");
        run("tune d --adapters per-layer --steps 2 --batch 2 --rank 2 --as t --data " + data);
        assertTrue(Double.isFinite(value("t")));
        assertEquals(
                List.of("prune", "merge", "prune", "prune", "quantize", "drop", "adapt", "tune"),
                session.lineage("t").steps().stream().map(s -> s.way()).toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "prune base --as x | say which share goes: prune base --sparsity 0.5",
                "prune base --sparsity 1/0 --as x | --sparsity is a share, as 0.25 or 1/4; '1/0' isn't",
                "prune base --sparsity 1/x --as x | --sparsity is a share, as 0.25 or 1/4; '1/x' isn't",
                "prune base --sparsity 3/2 --as x | --sparsity is a share from 0 to below 1, so that something is left, not"
                        + " 1.5",
                "prune base --sparsity 1 --as x | --sparsity is a share from 0 to below 1, so that something is left, not"
                        + " 1.0",
                "prune base --unit hidden --sparsity 0.01 --as x | a sparsity of 0.01 takes none of the FF units, rounded"
                        + " down as it is: raise --sparsity",
                "prune base --unit head --sparsity 0.01 --as x | a sparsity of 0.01 takes none of the heads, rounded down"
                        + " as it is: raise --sparsity",
                "prune base --unit hidden --site all --sparsity 0.5 --as x | hidden units are those of FF sublayers: leave"
                        + " --site out, or prune --unit weight",
                "prune base --unit head --site feed-forward --sparsity 0.5 --as x | heads are those of attention sublayers:"
                        + " leave --site out, or prune --unit weight or hidden",
                "prune base --unit head --site all --method wanda --sparsity 0.5 --as x | heads are those of attention"
                        + " sublayers: leave --site out, or prune --unit weight or hidden",
                "prune q --sparsity 0.5 --as x | 'q' is held in int8, of which no weights are taken: prune first, then"
                        + " %ffmerge quantize what comes out",
                "prune t --sparsity 0.5 --as x | 't' carries adapters, so it can't be pruned: first make them part of the"
                        + " weights with %ffmerge fold t --as NEW",
                "prune base --method wonda --sparsity 0.5 --as x | --method is magnitude, wanda, random, obd; 'wonda' isn't;"
                        + " did you mean 'wanda'? There is no Java variable 'wonda' either",
            })
    void whatMakesNoSenseIsRefusedInOneLine(String line, String message) {
        run("quantize base --to int8 --as q");
        run("tune base --adapters shared --steps 1 --batch 1 --rank 1 --as t --data " + data);
        assertEquals(message, refusal(line));
    }

    /** Of a family whose heads divide the model's width, no other program knows narrower attention. */
    @Test
    void narrowerAttentionIsSaidWhereNobodyElseKnowsIt() throws Exception {
        run("load src/test/resources/gpt2/sharded --as gpt");
        run("prune gpt --unit head --sparsity 0.5 --as p");
        Path saved = folder.resolve("saved");
        run("save p " + saved);
        JsonNode config =
                new ObjectMapper().readTree(saved.resolve("config.json").toFile());
        assertEquals("ffmerge", config.path("model_type").asText());
        assertTrue(host.notices.toString().contains("its attention is narrower than the model"));
        run("load " + saved + " --as again");
        assertEquals(
                model("p").parameters().uniqueCount(),
                model("again").parameters().uniqueCount());
        assertTrue(refusal("save p " + folder.resolve("wide") + " --format expanded")
                .contains("knows no config for"));
    }

    /** A third of three groups of heads is one: no binary fraction below it is meant. */
    @Test
    void aShareMayBeAFraction() {
        run("prune base --unit head --sparsity 1/3 --as third");
        run("prune base --unit head --sparsity 2/3 --as twoThirds");
        run("prune base --unit hidden --sparsity 1/4 --as quarter");
        assertEquals(2, model("third").architecture().heads("decoder").groups());
        assertEquals(1, model("twoThirds").architecture().heads("decoder").groups());
        assertEquals(11 - 2, model("quarter").architecture().stacks().get(0).feedForwardWidth());
    }
}
