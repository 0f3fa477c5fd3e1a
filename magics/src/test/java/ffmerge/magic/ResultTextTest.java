package ffmerge.magic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Samples;
import ffmerge.evaluate.Accuracy;
import ffmerge.evaluate.Bleu;
import ffmerge.evaluate.Perplexity;
import ffmerge.result.AlignResult;
import ffmerge.result.CkaResult;
import ffmerge.result.CompareResult;
import ffmerge.result.EvalResult;
import ffmerge.result.InfoResult;
import ffmerge.result.ModelInfo;
import ffmerge.result.Result;
import ffmerge.result.TuneResult;
import ffmerge.view.Views;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a terminal gets of each kind of result, to the letter. */
class ResultTextTest {
    private static void assertText(String expected, Result result) {
        assertEquals(expected.strip(), ResultText.of(Views.BUILT_IN, result));
    }

    @Test
    void info() {
        assertText(
                "base: gpt2, 12 decoder layers of FF width 512; 2,936,576 parameters, 11.7 MB in float32 on cpu.",
                Samples.info());
    }

    @Test
    void aModelThatIsNotLoadedOrHasSharedParameters() {
        Map<String, ModelInfo.StackInfo> stacks = Map.of("decoder", new ModelInfo.StackInfo(36, 5120));
        assertText(
                "gpt2-large: gpt2, 36 decoder layers of FF width 5120; 774,030,080 parameters, 3.1 GB in float32 if it"
                        + " were loaded.",
                new InfoResult(new ModelInfo(
                        "gpt2-large", "gpt2", 774030080, 774030080, 3096120320L, "none", "float32", stacks)));
        assertText(
                "small: gpt2, 36 decoder layers of FF width 5120; 616,666,880 parameters that count as 774,030,080"
                        + " where they are shared, 2.5 GB in float32 on gpu:0.",
                new InfoResult(
                        new ModelInfo("small", "gpt2", 774030080, 616666880, 2466667520L, "gpu:0", "float32", stacks)));
    }

    @Test
    void eval() {
        assertText("base: perplexity 80.65 on novels test (1,234 windows, 12 s, 25,600 tokens/s).", Samples.eval());
    }

    @Test
    void accuracyIsInPercent() {
        assertText(
                "vit: accuracy 94.55 % on digits test (2,000 images, 1.6 s, 1,250 images/s). top-5 accuracy 99.80 %.",
                new EvalResult(
                        "vit",
                        Accuracy.MEASURE,
                        0.9455,
                        "digits",
                        "test",
                        2000,
                        1.6,
                        62500,
                        Map.of("top-5 accuracy", "99.80 %"),
                        null,
                        null,
                        null,
                        List.of(),
                        null));
    }

    @Test
    void aRuinedModelIsToldAsSuch() {
        assertText(
                "bad: BLEU NaN on tatoeba test (1,000 sentences, 2 min, 900 tokens/s).",
                new EvalResult(
                        "bad",
                        Bleu.MEASURE,
                        Double.NaN,
                        "tatoeba",
                        "test",
                        1000,
                        93,
                        900,
                        Map.of(),
                        null,
                        null,
                        null,
                        List.of(),
                        null));
    }

    @Test
    void cka() {
        assertText("""
                mt: CKA of the attention sublayers over 4,708 encoder and 5,287 decoder tokens of tatoeba validation; the neighbours most alike are 0 and 1 in the encoder (0.08), 1 and 2 in the decoder (0.32).
                stack    layer     0     1     2     3     4     5
                ───────  ─────  ────  ────  ────  ────  ────  ────
                encoder      0  1.00  0.08  0.05  0.03  0.04  0.04
                encoder      1  0.08  1.00  0.05  0.04  0.05  0.05
                encoder      2  0.05  0.05  1.00  0.04  0.03  0.04
                encoder      3  0.03  0.04  0.04  1.00  0.03  0.05
                encoder      4  0.04  0.05  0.03  0.03  1.00  0.04
                encoder      5  0.04  0.05  0.04  0.05  0.04  1.00
                decoder      0  1.00  0.24  0.21  0.15  0.20  0.38
                decoder      1  0.24  1.00  0.32  0.23  0.33  0.18
                decoder      2  0.21  0.32  1.00  0.27  0.34  0.24
                decoder      3  0.15  0.23  0.27  1.00  0.24  0.18
                decoder      4  0.20  0.33  0.34  0.24  1.00  0.27
                decoder      5  0.38  0.18  0.24  0.18  0.27  1.00
                """, Samples.ckaOfTwoStacks());
    }

    @Test
    void aMatrixTooWideForATerminalIsLeftToThePicture() {
        CkaResult wide = CkaResult.of("large", "attention", 10000, Map.of("decoder", new double[36][36]));
        assertText(
                "large: CKA of the attention sublayers over 10,000 tokens; the neighbours most alike are 0 and 1 in the"
                        + " decoder (0.00).",
                wide);
    }

    @Test
    void align() {
        assertText(
                "base: the units of decoder layer 4 go with those of layer 3 with a correlation of 287.65 summed over"
                        + " 512 units, 0.56 a unit; left in place, 4.22. 8 keep their place."
                        + " Over 10,000 tokens of novels validation, in blocks of 128.",
                Samples.align());
    }

    @Test
    void oneUnitKeepsItsPlace() {
        AlignResult align = new AlignResult(
                "base",
                "decoder",
                List.of(3, 4),
                1,
                3,
                new int[] {0, 2, 1},
                "ours",
                null,
                null,
                0,
                null,
                Samples.align().histogram(),
                Samples.align().maps());
        assertText(
                "base: the units of decoder layer 4 go with those of layer 3 with products of weights of 3.00 summed"
                        + " over 3 units, 1.00 a unit; left in place, 1.00. 1 keeps its place. By their weights, without data.",
                align);
    }

    @Test
    void merge() {
        assertText(
                "small: base whose decoder layers 3-8 share one FF sublayer (permuted, anchor first); 2,936,576 →"
                        + " 2,278,016 parameters, 22.43 % removed. Matched correlation: layer 4 287.6, layer 5 263.3,"
                        + " layer 6 238.0, layer 7 215.3, layer 8 204.4.",
                Samples.merge());
    }

    @Test
    void mergeOfEncoderAndDecoder() {
        assertText(
                "mt_small: mt whose encoder and decoder layers 1-3 share an FF sublayer each (permuted, anchor"
                        + " middle); 2,065,152 → 1,767,936 parameters, 14.39 % removed. Matched correlation: encoder"
                        + " layer 1 154.5, layer 3 149.9; decoder layer 1 154.5, layer 3 149.9.",
                Samples.mergeOfTwoStacks());
    }

    @Test
    void drop() {
        assertText(
                "cut: base without decoder layers 3-4; 2,936,576 → 2,540,032 parameters, 13.50 % removed.",
                Samples.drop());
    }

    @Test
    void sweep() {
        assertText("""
                base: 7 windows of 6 layers on novels test (80 windows), unchanged perplexity 80.65; the best is 3-8 (permuted), perplexity 87.79, 658,560 parameters fewer.
                window  permuted   vanilla
                ──────  ────────  ────────
                0-5     1,615.02  2,374.02
                1-6        90.55    126.03
                2-7        88.78    112.47
                3-8        87.79    101.37
                4-9        87.95     97.35
                5-10       90.81    107.88
                6-11       92.42    115.20
                """, Samples.sweep());
    }

    @Test
    void tune() {
        assertText("""
                tuned: small tuned for 300 steps of which the first 250 are kept; validation perplexity 87.81 → 83.65 on 64 windows of novels (61 s, 4.9 steps/s).
                step  training loss  perplexity
                ────  ─────────────  ──────────  ──────
                   0                      87.81  before
                  50          4.563       85.71
                 100          4.452       84.64
                 150          4.433       84.08
                 200          4.398       83.80
                 250          4.417       83.65  kept
                 300          4.400       83.78
                """, Samples.tune());
    }

    @Test
    void tuningUnderWay() {
        String text = ResultText.of(Views.BUILT_IN, Samples.tune(300, 120));
        assertTrue(
                text.startsWith(
                        "tuned: small after 120 of 300 steps; validation perplexity 84.64 at step 100, on 64 windows of novels.\n"),
                text);
    }

    @Test
    void tuningThatDidNotHelp() {
        TuneResult outcome = new TuneResult(
                "small",
                "tuned",
                2,
                List.of(4.0, 5.0),
                Bleu.MEASURE,
                30,
                30,
                List.of(new TuneResult.Checked(0, 30), new TuneResult.Checked(2, 28)),
                0,
                1,
                2,
                0,
                null,
                "tatoeba",
                null,
                50,
                96,
                null);
        assertTrue(ResultText.of(Views.BUILT_IN, outcome)
                .startsWith("tuned: small tuned for 2 steps without gain: the weights are those from before;"));
    }

    @Test
    void compare() {
        assertText("""
                5 models on novels test (613 windows); the best is base, perplexity 80.65.
                model     perplexity  95 % interval     difference to base  its 95 % interval  p (Holm)  unique parameters  parameters removed       bytes  bytes removed  tokens/s  seconds
                ────────  ──────────  ────────────────  ──────────────────  ─────────────────  ────────  ─────────────────  ──────────────────  ──────────  ─────────────  ────────  ───────
                base           80.65  76.65 to 85.15                                                             2,936,576              0.00 %  11,746,304         0.00 %    25,600     12.3
                permuted       87.79  83.79 to 92.29    +7.14               5.79 to 8.79       0.004             2,278,016             22.43 %   9,112,064        22.43 %    25,600     12.3
                vanilla       101.37  97.37 to 105.87   +20.72              19.37 to 22.37     0.004             2,278,016             22.43 %   9,112,064        22.43 %    25,600     12.3
                tuned          83.65  79.65 to 88.15    +3.00               1.65 to 4.65       0.004             2,278,016             22.43 %   9,112,064        22.43 %    25,600     12.3
                cut           136.21  132.21 to 140.71  +55.56              54.21 to 57.21     0.004             2,143,488             27.01 %   8,573,952        27.01 %    25,600     12.3
                """, Samples.compare());
    }

    /** As many parameters in fewer bits: none is removed, but bytes are. */
    @Test
    void compareInBytes() {
        CompareResult r = new CompareResult(
                "novels",
                "test",
                List.of(
                        Samples.compareRow(
                                "base", Perplexity.MEASURE, 80.65, 10, 10, 40_000, 1, 100, 0.01, null, null, null, 613),
                        Samples.compareRow(
                                "base4", Perplexity.MEASURE, 82, 10, 10, 10_000, 1, 100, 0.02, null, null, null, 613)));
        assertText("""
                2 models on novels test (613 windows); the best is base, perplexity 80.65; base4, perplexity 82.00, does with 10.0 kB of the 40.0 kB of base, 75.00 % less.
                model  perplexity  unique parameters  parameters removed   bytes  bytes removed  tokens/s  seconds
                ─────  ──────────  ─────────────────  ──────────────────  ──────  ─────────────  ────────  ───────
                base        80.65                 10              0.00 %  40,000         0.00 %       100      1.0
                base4       82.00                 10              0.00 %  10,000        75.00 %       100      1.0
                """, r);
        CompareResult byLatency = new CompareResult("novels", "test", r.rows(), CompareResult.Axis.LATENCY);
        assertTrue(
                Views.BUILT_IN
                        .sentence(byLatency)
                        .endsWith("; base, perplexity 80.65, does with 10.0 ms of the 20.0 ms of base4, 50.00 % less."),
                Views.BUILT_IN.sentence(byLatency));
    }

    @Test
    void save() {
        assertText("small saved to models/small: tied, float16, 4.6 MB of weights.", Samples.save());
    }

    @Test
    void runs() {
        assertText("""
                4 runs, the newest last.
                time                  line                                outcome                   measured on                  seconds
                ────────────────────  ──────────────────────────────────  ────────────────────────  ───────────────────────────  ───────
                2026-11-21T15:54:03Z  merge base --window 3-8 --as small  2,278,016 parameters                                      12.3
                2026-11-21T15:54:03Z  eval small                          perplexity 80.65          novels test (1,234 windows)     12.3
                2026-11-21T15:54:03Z  sweep base --length 6               perplexity 87.79 at best  novels test (80 windows)        12.3
                2026-11-21T15:54:03Z  tune small --steps 300 --as tuned   perplexity 87.81 → 83.65  validation (64 windows)         12.3
                """, Samples.runs());
    }

    @Test
    void models() {
        assertText("""
                Demo models: gpt2-novels, vit-digits. Demo data: novels, digits. Loaded: small.
                model  architecture  parameters  unique parameters      bytes  device
                ─────  ────────────  ──────────  ─────────────────  ─────────  ──────
                small  gpt2           2,936,576          2,278,016  9,112,064  cpu
                """, Samples.models());
    }

    @Test
    void recipe() {
        assertText("The recipe's 5 steps took 3 min.", Samples.recipe());
    }

    @Test
    void dryRun() {
        assertText(
                "merge base would take about 13 s, 1.2 GB of memory and 0 bytes of disk; parameters 2,936,576 →"
                        + " 2,278,016. Nothing was run.",
                Samples.dryRun());
    }

    /** A kind of result that nobody has written a sentence for is still shown. */
    @Test
    void anUnknownResult() {
        record Surprise(int size) implements Result {}
        assertText("{\n  \"command\" : \"result\",\n  \"size\" : 7\n}", new Surprise(7));
    }
}
