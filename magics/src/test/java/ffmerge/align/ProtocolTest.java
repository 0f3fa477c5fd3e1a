package ffmerge.align;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ffmerge.Demo;
import ffmerge.DemoTranslator;
import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.UserError;
import ffmerge.architecture.Window;
import ffmerge.correlation.CorrelationMatrix;
import ffmerge.data.Split;
import ffmerge.evaluate.Evaluator;
import ffmerge.fixture.Shrinks;
import ffmerge.merge.MergePlan;
import ffmerge.model.TransformerModel;
import ffmerge.shrink.Choices;
import ffmerge.shrink.Ways;
import ffmerge.study.WindowSweep;
import ffmerge.workload.TranslationWorkload;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The perplexities were reached with the matrices that the published code computes on the demo model, in PyTorch. */
class ProtocolTest {
    private static TransformerModel model;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() {
        model = Demo.model();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private Calibration calibration(int tokens, String protocol) {
        return new Calibration(tokens, Protocol.parse(protocol), Calibration.DEFAULT_MEMORY, new StateFolder(folder));
    }

    /** The code stops at the 40th block of 256, as 39 hold fewer than 10,000 tokens. */
    @ParameterizedTest
    @CsvSource({"code, 10000, 0-5, 1608.31", "code, 10000, 1-6, 90.79", "ours, 10240, 1-6, 90.62"})
    void aMergedModelIsAsGoodAsThePublishedCodeMakesIt(String protocol, int tokens, String window, double perplexity) {
        MergePlan plan = new MergePlan(
                List.of(MergePlan.Group.of("decoder", Window.parse(window).layers(), MergePlan.Anchor.FIRST)),
                MergePlan.Alignment.PERMUTE,
                0);
        try (TransformerModel merged = Shrinks.merge(
                        model, plan, Demo.workload(), calibration(tokens, protocol), Progress.NONE)
                .model()) {
            double value = Evaluator.evaluate(
                            merged, Demo.workload().metric(Split.TEST, Integer.MAX_VALUE), Progress.NONE)
                    .value();
            assertEquals(perplexity, value, 1e-4 * perplexity);
        }
    }

    @Test
    void theCodesMatrixIsOursWithEachRowShrunk() {
        Aligner.LayerPair pair = new Aligner.LayerPair("decoder", 3, 4);
        List<Aligner.LayerPair> pairs = List.of(pair);
        CorrelationMatrix ours = Aligner.correlations(
                        model, pairs, Demo.workload().activationBatches(512), calibration(512, "ours"), Progress.NONE)
                .get(pair);
        Calibration theirs = calibration(511, "code");
        CorrelationMatrix code = Aligner.correlations(
                        model, pairs, Demo.workload().activationBatches(theirs), theirs, Progress.NONE)
                .get(pair);
        for (int row = 0; row < ours.size(); row += 37) {
            int start = row * ours.size();
            double factor = code.values()[start] / ours.values()[start];
            assertEquals(true, factor > 0 && factor <= Math.sqrt(0.5) + 1e-6, "σ / √(2σ² + μ²) is " + factor);
            for (int column = 0; column < ours.size(); column++) {
                assertEquals(factor * ours.values()[start + column], code.values()[start + column], 1e-5);
            }
        }
    }

    @Test
    void theLastWindowIsLeftOutInAllButOurs() {
        assertEquals(7, Protocol.OURS.windows(12, 6).size());
        assertEquals(new Window(5, 10), Protocol.PAPER.windows(12, 6).get(5));
        assertEquals(6, Protocol.PAPER.windows(12, 6).size());
        assertEquals(6, Protocol.CODE.windows(12, 6).size());
        WindowSweep.Settings whole = new WindowSweep.Settings(
                12,
                List.of("decoder"),
                Ways.BUILT_IN.onWindows(List.of("none"), Choices.NONE),
                Split.VALIDATION,
                8,
                512,
                Protocol.PAPER,
                0);
        assertEquals(
                "--length 12 doesn't fit: windows of this model have 2 to 11 layers",
                assertThrows(UserError.class, () -> WindowSweep.windows(model, whole))
                        .getMessage());
        assertEquals(
                "there is no protocol 'theirs'; protocols are ours, paper, code",
                assertThrows(UserError.class, () -> Protocol.parse("theirs")).getMessage());
    }

    /** A decoder alone: the encoder is recorded for its count, padding is too, and what has no variance is clipped. */
    @Test
    void aDecodersSumsAreDividedByTheEncodersCount() {
        try (TransformerModel translator = DemoTranslator.model()) {
            TranslationWorkload workload = DemoTranslator.workload(translator, 1);
            Aligner.LayerPair pair = new Aligner.LayerPair("decoder", 1, 2);
            Calibration theirs = calibration(600, "code");
            LayerAlignment code = Aligner.align(
                            translator, List.of(pair), workload.activationBatches(theirs), theirs, Progress.NONE)
                    .get(pair);
            LayerAlignment ours = Aligner.align(
                            translator,
                            List.of(pair),
                            workload.activationBatches(600),
                            calibration(600, "ours"),
                            Progress.NONE)
                    .get(pair);
            assertEquals(384, ours.permutation().order().length);
            assertEquals(false, ours.permutation().equals(code.permutation()));
            assertEquals(true, Double.isFinite(code.matchedCorrelation()));
        }
    }
}
