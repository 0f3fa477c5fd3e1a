package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.correlation.CorrelationMatrix;
import ffmerge.evaluate.Perplexity;
import ffmerge.result.AlignResult;
import ffmerge.result.CkaResult;
import ffmerge.result.DryRun;
import ffmerge.result.EvalResult;
import ffmerge.result.InfoResult;
import ffmerge.result.SaveResult;
import ffmerge.result.ShrinkResult;
import ffmerge.result.SweepResult;
import ffmerge.result.TuneResult;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The notebook's commands on a gated decoder with a tokenizer of its own. */
class GatedCommandsTest extends WordModelTests {
    private static final int FEED_FORWARD = 3 * 12 * 11;

    @Test
    void everyCommandTakesAGatedDecoder() {
        InfoResult info = (InfoResult) run("info base");
        assertEquals("olmo", info.model().architecture());
        assertEquals(11, info.model().stacks().get("decoder").feedForwardWidth());
        EvalResult eval = (EvalResult) onText("eval base");
        assertEquals(Perplexity.MEASURE, eval.metric());
        assertTrue(eval.value() > 1 && Double.isFinite(eval.value()));
        CkaResult cka = (CkaResult) onText("cka base --tokens 320");
        assertEquals(3, cka.stacks().get("decoder").length);
        SweepResult sweep =
                (SweepResult) onText("sweep base --length 2 --methods permute,none,drop --tokens 320 --features gate");
        assertEquals(6, sweep.rows().size());
        assertEquals(FEED_FORWARD, sweep.rows().get(0).parametersRemoved());
        ShrinkResult drop = (ShrinkResult) run("drop base --window 1-1 --as shallow");
        assertEquals(2, session.model("shallow", host).layers());
        assertTrue(drop.parametersAfter() < drop.parametersBefore());
        assertTrue(((DryRun) onText("eval base --dry-run")).seconds() > 0);
    }

    @Test
    void aMergedModelIsTunedSavedAndLoaded() {
        ShrinkResult merge =
                (ShrinkResult) onText("merge base --window 0-2 --tokens 320 --features product --as small");
        assertEquals(2L * FEED_FORWARD, merge.parametersBefore() - merge.parametersAfter());
        assertTrue(
                session.lineage("small").toString().contains("permute anchor first features product"),
                session.lineage("small").toString());
        TuneResult tuned = (TuneResult) onText("tune small --steps 20 --batch 4 --rate 5e-3 --validate 10 --as tuned");
        assertTrue(tuned.after() < tuned.before(), tuned.before() + " → " + tuned.after());
        assertEquals(
                merge.parametersAfter(),
                session.model("tuned", host).parameters().uniqueCount());
        double value = ((EvalResult) onText("eval tuned")).value();
        for (String format : List.of("tied", "expanded")) {
            SaveResult saved = (SaveResult) run("save tuned " + folder.resolve(format) + " --format " + format);
            run("load " + saved.folder() + " --as again");
            assertEquals(value, ((EvalResult) onText("eval again")).value(), 1e-5 * value);
        }
    }

    @Test
    void whatIsCorrelatedCanBeChosen() {
        List<Double> sums = List.of("up", "gate", "product").stream()
                .map(f -> ((AlignResult) onText("align base --layers 0,2 --tokens 320 --features " + f))
                        .matchedCorrelation())
                .toList();
        assertEquals(3, sums.stream().distinct().count());
        assertEquals(
                sums.get(0),
                ((AlignResult) onText("align base --layers 0,2 --tokens 320")).matchedCorrelation(),
                "up unless another is named");
    }

    @Test
    void theCorrelationsThatUnitsAreMatchedByCanBeHad() {
        AlignResult aligned = (AlignResult) onText("align base --layers 0,2 --tokens 320 --matrix --as c");
        CorrelationMatrix matrix = (CorrelationMatrix) host.variables.get("c");
        assertEquals(11, matrix.size());
        assertEquals(aligned.identityCorrelation(), matrix.trace(), 1e-6);
        assertEquals(11, matrix.toINDArray().rows());
        double sum = 0;
        for (int unit = 0; unit < 11; unit++) {
            sum += matrix.values()[unit * 11 + aligned.permutation()[unit]];
        }
        assertEquals(aligned.matchedCorrelation(), sum, 1e-5);
        Path file = folder.resolve("c.npy");
        matrix.writeNpy(file);
        assertArrayEquals(matrix.values(), CorrelationMatrix.readNpy(file).values());
        assertEquals(
                "--matrix wants a name for the matrix: --as correlations", refusal("align base --layers 0,2 --matrix"));
    }

    @Test
    void whereThereAreNoGatesOnlyUpIsThere() {
        run("load gpt2-novels --as gpt2");
        String message = "the FF sublayers of GPT-2 have no gates: there is no gate to correlate, only up";
        assertEquals(message, refusal("align gpt2 --layers 1,2 --features gate"));
        assertEquals(message, refusal("merge gpt2 --window 1-2 --features gate --as x"));
        assertEquals(message, refusal("sweep gpt2 --length 2 --features gate"));
    }

    @Test
    void ofAPublishedModelTheShapeIsKnown() {
        InfoResult info = (InfoResult) run("info allenai/OLMo-7B-hf");
        assertEquals(6_888_095_744L, info.model().parameters());
    }
}
