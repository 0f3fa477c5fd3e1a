package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.model.TransformerModel;
import ffmerge.result.DryRun;
import ffmerge.result.Lineage;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code --dry-run} says that a model would hold is what the command then makes, to the byte. */
class DryRunNumbersTest extends SessionTests {
    private static final String FEW = " --steps 1 --batch 1 --limit 2 --rank 3";

    private static final Pattern LAYER = Pattern.compile("[.](\\d+)[.]");

    private void load(String demo) {
        Path where = Expected.home().resolve("models").resolve(demo);
        session.put("base", TransformerModel.load(where, Device.cpu(), Progress.NONE), new Lineage(demo));
    }

    private TransformerModel model(String name) {
        return session.models().get(name);
    }

    /** Runs a line {@code … NAME … --as NEW}, first as a dry run. */
    private void predicted(String line) {
        String before = line.split(" ")[1];
        String made = line.replaceFirst(".* --as (\\S+).*", "$1");
        DryRun predicted = (DryRun) host.run(line + " --dry-run", session);
        assertTrue(!session.models().containsKey(made), "nothing was run");
        assertEquals(model(before).parameters().uniqueCount(), predicted.parametersBefore(), line);
        assertEquals(model(before).parameters().bytes(), predicted.bytesBefore(), line);
        host.run(line, session);
        assertEquals(model(made).parameters().uniqueCount(), predicted.parametersAfter(), line);
        assertEquals(model(made).parameters().bytes(), predicted.bytesAfter(), line);
        assertTrue(predicted.seconds() >= 0 && predicted.memoryBytes() > 0, line);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2-novels", "vit-digits", "opus-mt-tatoeba-zh-en", "olmo-dialogues"})
    void whatIsMadeSmallerQuantizedTunedAndFolded(String demo) {
        load(demo);
        predicted("merge base --window 1-3 --align none --as merged");
        predicted("merge base --window 1-2 --tokens 200 --as permuted");
        predicted("drop merged --window 2-2 --as cut");
        predicted("quantize merged --to nf4 --as small");
        predicted("drop small --window 0-0 --as short");
        predicted("tune cut --as tuned" + FEW.replace(" --rank 3", ""));
        predicted("tune small --as adapted" + FEW);
        predicted("fold adapted --as whole");
        predicted("tune merged --adapters per-layer --as apart" + FEW);
        predicted("fold apart --untie --as untied");
        predicted("tune apart --as further" + FEW.replace(" --rank 3", ""));
        predicted("quantize apart --to nf4 --as apart4");
        predicted("fold apart4 --untie --as untied4");
    }

    /** Ways beside the paper's, and some upon others. */
    @ParameterizedTest
    @ValueSource(strings = {"gpt2-novels", "vit-digits", "opus-mt-tatoeba-zh-en", "olmo-dialogues"})
    void whatIsPrunedRoundedAndMergedOtherwise(String demo) {
        load(demo);
        predicted("merge base --window 1-2 --average regression --tokens 200 --as regressed");
        predicted("merge base --window 1-2 --average weighted --rescale --tokens 200 --as rescaled");
        predicted("merge base --window 1-2 --residual 3 --tokens 200 --as apart");
        predicted("merge regressed --site attention --window 2-3 --tokens 200 --as both");
        predicted("prune base --method wanda --sparsity 0.5 --site all --tokens 200 --as sparse");
        predicted("prune both --method obd --unit hidden --sparsity 0.3 --tokens 200 --as narrow");
        predicted("prune narrow --method wanda --unit head --sparsity 0.5 --tokens 200 --as fewer");
        predicted("prune rescaled --unit hidden --sparsity 0.3 --as narrower");
        predicted("drop both --site attention --window 0-0 --as blind");
        predicted("drop both --site feed-forward --window 1-1 --as lean");
        predicted("quantize fewer --to int8 --as small");
        predicted("quantize apart --to int8-weight --as small8");
        predicted("quantize rescaled --to int8 --as rescaled8");
        predicted("fold small8 --untie --as whole");
    }

    /** What touches other sublayers than those with remainders leaves these as they are, under new numbers after a drop. */
    @ParameterizedTest
    @ValueSource(strings = {"gpt2-novels", "vit-digits", "opus-mt-tatoeba-zh-en", "olmo-dialogues"})
    void whatStandsBesideRemaindersIsMergedDroppedAndPruned(String demo) {
        load(demo);
        predicted("merge base --window 1-2 --residual 3 --tokens 200 --as one");
        predicted("merge one --window 3-4 --residual 3 --tokens 200 --as two");
        assertTrue(kept("one", "two", 0) > 0);
        predicted("merge two --site attention --window 2-3 --tokens 200 --as heads");
        predicted("drop heads --window 0-0 --as moved");
        assertEquals(
                model("two").adapterCheckpoint().tensors().size(), kept("two", "moved", 1), "all moved up by a layer");
        predicted("prune moved --unit head --sparsity 0.5 --as fewer");
        predicted("quantize fewer --to int8-weight --as small");
        predicted("fold small --untie --as whole");
    }

    /** How many tensors of adapters are the same in a later model, so many layers further down. */
    private int kept(String before, String after, int layers) {
        Checkpoint old = model(before).adapterCheckpoint();
        Checkpoint now = model(after).adapterCheckpoint();
        for (String name : old.tensors().keySet()) {
            String moved =
                    LAYER.matcher(name).replaceFirst(layer -> "." + (Integer.parseInt(layer.group(1)) - layers) + ".");
            assertArrayEquals(old.read(name), now.read(moved), moved);
        }
        return old.tensors().size();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bfloat16", "float16"})
    void weightsOfHalfTheBitsToo(String dtype) {
        host.run("load gpt2-novels --dtype " + dtype + " --as base", session);
        predicted("drop base --window 3-4 --as cut");
        predicted("merge base --window 3-4 --align none --as merged");
        predicted("quantize merged --as small");
        predicted("tune merged --as tuned" + FEW.replace(" --rank 3", ""));
        predicted("tune merged --adapters shared --as adapted" + FEW);
        predicted("fold adapted --as whole");
    }

    @Test
    void whatOnlyMeasuresMakesNothing() {
        load("vit-digits");
        host.run("quantize base --as small", session);
        for (String line : new String[] {"compare base small --limit 20", "mistakes base small --limit 20"}) {
            DryRun predicted = (DryRun) host.run(line + " --dry-run", session);
            assertEquals("base, small", predicted.model());
            assertEquals(predicted.parametersBefore(), predicted.parametersAfter());
            assertEquals(0, predicted.bytesAfter());
            assertEquals(0, predicted.diskBytes());
            assertTrue(predicted.seconds() > 0, line);
        }
    }
}
