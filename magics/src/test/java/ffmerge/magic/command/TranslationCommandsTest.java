package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.result.AlignResult;
import ffmerge.result.CkaResult;
import ffmerge.result.CompareResult;
import ffmerge.result.DryRun;
import ffmerge.result.EvalResult;
import ffmerge.result.InfoResult;
import ffmerge.result.Result;
import ffmerge.result.SaveResult;
import ffmerge.result.ShrinkResult;
import ffmerge.result.SweepResult;
import ffmerge.result.TuneResult;
import ffmerge.view.Views;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The notebook's commands on a model of two stacks. */
class TranslationCommandsTest extends SessionTests {
    private static final int FEED_FORWARD = 2 * 96 * 384 + 96 + 384;

    @BeforeEach
    void load() {
        run("load opus-mt-tatoeba-zh-en --as base");
    }

    private Result run(String line) {
        return host.run(line, session);
    }

    private String refusal(String line) {
        return host.refusal(line, session);
    }

    @Test
    void bothStacksAreMergedUnlessOneIsNamed() {
        InfoResult info = (InfoResult) run("info base");
        assertEquals(Set.of("encoder", "decoder"), info.model().stacks().keySet());
        ShrinkResult both = (ShrinkResult) run("merge base --window 2-4 --as small --anchor middle");
        assertEquals(Map.of("encoder", List.of(2, 3, 4), "decoder", List.of(2, 3, 4)), both.layers());
        assertEquals(4L * FEED_FORWARD, both.parametersBefore() - both.parametersAfter());
        assertEquals(Set.of("2", "4"), both.matchedCorrelation().get("decoder").keySet());
        assertEquals(
                List.of("tatoeba validation has 4,708 tokens for the encoder and 5,287 tokens for the decoder;"
                        + " all of them are used"),
                host.notices);

        ShrinkResult one = (ShrinkResult) run("merge base --window 2-4 --stack encoder --align none --as e");
        assertEquals(Map.of("encoder", List.of(2, 3, 4)), one.layers());
        assertEquals(2L * FEED_FORWARD, one.parametersBefore() - one.parametersAfter());
        assertEquals(
                "Marian has no stack 'middle'; it has encoder and decoder",
                refusal("merge base --window 2-4 --stack middle --as x"));

        SaveResult saved = (SaveResult) run("save small " + folder.resolve("small"));
        run("load " + saved.folder() + " --as again");
        EvalResult before = (EvalResult) run("eval small --limit 20 --beams 1");
        EvalResult after = (EvalResult) run("eval again --limit 20 --beams 1");
        assertEquals(before.value(), after.value(), 1.0); // weights were rounded to float16
        assertEquals(
                both.parametersAfter(),
                session.model("again", host).parameters().uniqueCount());
    }

    @Test
    void activationsAreCountedStackByStack() {
        CkaResult cka = (CkaResult) run("cka base --stack decoder");
        assertEquals(5287, cka.tokens());
        assertEquals(Set.of("decoder"), cka.stacks().keySet());
        assertEquals(
                "tatoeba validation has 4,708 tokens for the encoder; --tokens 5000 asks for more",
                refusal("cka base --tokens 5000"));
        assertEquals(
                Set.of("encoder", "decoder"),
                ((CkaResult) run("cka base --tokens 300 --site attention"))
                        .stacks()
                        .keySet());
        assertEquals("say in which stack: --stack encoder or --stack decoder", refusal("align base --layers 1,2"));
        AlignResult align = (AlignResult) run("align base --layers 1,2 --stack decoder");
        assertEquals(162.737, align.matchedCorrelation(), 1e-3);
    }

    @Test
    void evaluationSaysHowItWasDone() {
        EvalResult eval = (EvalResult) run("eval base --limit 30 --show 3 --max-length 40");
        assertEquals(3, eval.samples().size());
        assertEquals("I know that you like sports.", eval.samples().get(1).translation());
        assertTrue(
                Views.BUILT_IN
                        .sentence(eval)
                        .endsWith(
                                " beams 4, signature" + " nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0."),
                Views.BUILT_IN.sentence(eval));
        EvalResult chinese = (EvalResult) run("eval base --limit 5 --beams 1 --tokenize zh");
        assertTrue(((DryRun) run("eval base --dry-run")).seconds() > 0);
        assertTrue(chinese.details().get("signature").contains("tok:zh"));
        assertEquals("--max-length 129 is beyond the model's 128 positions", refusal("eval base --max-length 129"));
    }

    @Test
    void layersAreDroppedFromBothStacksAndTheResultIsTuned() {
        ShrinkResult drop = (ShrinkResult) run("drop base --window 2-3 --as shallow");
        assertEquals(Map.of("encoder", List.of(2, 3), "decoder", List.of(2, 3)), drop.layers());
        assertEquals(
                4,
                session.model("shallow", host).architecture().stack("decoder").layers());
        TuneResult tuned = (TuneResult)
                run("tune shallow --steps 12 --batch 16 --rate 5e-4 --limit 20 --beams 1 --as tuned --validate 12");
        assertEquals(12, tuned.loss().size());
        assertTrue(tuned.after() >= tuned.before(), tuned.before() + " → " + tuned.after());
        CompareResult compare = (CompareResult) run("compare base tuned --limit 10 --beams 1");
        assertEquals(2, compare.rows().size());
        assertTrue(compare.higherIsBetter());
        SweepResult sweep = (SweepResult) run("sweep base --length 5 --methods none,drop --limit 10 --beams 1");
        assertEquals(4, sweep.rows().size());
        assertEquals(
                List.of("encoder", "decoder"),
                List.copyOf(sweep.rows().get(0).layers().keySet()));
    }
}
