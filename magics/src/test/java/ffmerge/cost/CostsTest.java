package ffmerge.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ffmerge.Measure;
import ffmerge.StateFolder;
import ffmerge.align.Calibration;
import ffmerge.align.Protocol;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.architecture.Window;
import ffmerge.checkpoint.Ties;
import ffmerge.data.Batch;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.Scores;
import ffmerge.merge.LayerDrop;
import ffmerge.merge.MergePlan;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.prune.Saliency;
import ffmerge.prune.Sparsity;
import ffmerge.result.DryRun;
import ffmerge.shrink.Choices;
import ffmerge.shrink.DropLayers;
import ffmerge.shrink.MergeSublayers;
import ffmerge.shrink.Outline;
import ffmerge.shrink.Prune;
import ffmerge.shrink.Shrink;
import ffmerge.shrink.Ways;
import ffmerge.shrink.WindowMethod;
import ffmerge.tune.Execution;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CostsTest {
    private static final int TOKENS = 10_000;
    private static final long GIGABYTE = 1_000_000_000;

    private static Costs costs(String published) {
        Architecture architecture =
                Architecture.of(ModelConfig.published(published).orElseThrow());
        return new Costs(published, architecture, new CostModel(architecture, Device.cpu()));
    }

    private static Calibration calibration(long memory) {
        return new Calibration(TOKENS, Protocol.OURS, memory, new StateFolder(Path.of("unused")));
    }

    /** So much work and no data. */
    private record Scored(long tokens) implements Metric {
        @Override
        public Measure measure() {
            return Measure.lower("loss", "windows");
        }

        @Override
        public List<Batch> batches() {
            throw new AssertionError("a dry run reads nothing");
        }

        @Override
        public Work work() {
            return new Work(tokens, tokens);
        }

        @Override
        public Scores score(TransformerModel model, HiddenStates states, Pass pass) {
            throw new AssertionError("a dry run scores nothing");
        }

        @Override
        public double value(Total total) {
            throw new AssertionError("a dry run scores nothing");
        }
    }

    @Test
    void aSweepOfGpt2LargeFitsTwelveGigabytes() {
        WindowMethod permute = Ways.BUILT_IN.onWindows("permute", Choices.NONE);
        List<Shrink> windows = Window.all(36, 13).stream()
                .map(window -> permute.shrink().apply(Map.of("decoder", window.layers())))
                .toList();
        Costs costs = costs("gpt2-large");
        DryRun inTurn = costs.sweep(windows, new Scored(16_384), calibration(Calibration.DEFAULT_MEMORY));
        assertTrue(inTurn.memoryBytes() < 12 * GIGABYTE, inTurn + "");
        assertEquals(36L * TOKENS * 5120 * Float.BYTES, inTurn.diskBytes(), "every sublayer is in some window");
        DryRun atOnce = costs.sweep(windows, new Scored(16_384), calibration(100 * GIGABYTE));
        assertTrue(
                atOnce.memoryBytes() > 288L * 5120 * 5120 * Double.BYTES, "24 windows of 12 pairs, none of them twice");
        assertEquals(0, atOnce.diskBytes());
        assertTrue(inTurn.seconds() > atOnce.seconds(), "what is read again and again takes its time");
    }

    @Test
    void whatIsHeldCountsAsItIs() {
        Architecture architecture =
                Architecture.of(ModelConfig.published("gpt2-large").orElseThrow());
        CostModel model = new CostModel(architecture, Device.cpu());
        long held = 5 * GIGABYTE;
        DryRun drop = new Costs("held", Outline.of(architecture, Ties.NONE), model, held)
                .shrink("drop", new DropLayers(List.of(new LayerDrop("decoder", new Window(3, 4).layers()))), null);
        assertEquals(held, drop.memoryBytes(), "layers that stay are shared");
        long alone = costs("gpt2-large")
                        .shrink("drop", new DropLayers(List.of()), null)
                        .memoryBytes()
                - architecture.parameters() * Float.BYTES;
        assertTrue(alone > 150_000_000 && alone < 300_000_000, "a JVM with libtorch: " + alone);
    }

    /** One pass in any case; more of what it shows is held at once. */
    @Test
    void seeingWhatEntersMapsTakesAPassAndItsMemory() {
        Costs costs = costs("gpt2-large");
        Calibration calibration = calibration(Calibration.DEFAULT_MEMORY);
        DryRun blind = costs.shrink("prune", prune(Saliency.MAGNITUDE, Prune.Site.FEED_FORWARD), null);
        DryRun seeing = costs.shrink("prune", prune(Saliency.WANDA, Prune.Site.FEED_FORWARD), calibration);
        DryRun all = costs.shrink("prune", prune(Saliency.WANDA, Prune.Site.ALL), calibration);
        assertTrue(seeing.seconds() > blind.seconds());
        assertEquals(0, seeing.diskBytes());
        long more = 36L * 2048 * (1280 + 1280) * Float.BYTES; // normed states and heads of a batch
        assertTrue(all.memoryBytes() > blind.memoryBytes(), all + "");
        assertTrue(costs.shrink("prune", prune(Saliency.OBD, Prune.Site.ATTENTION), calibration)
                                .memoryBytes()
                        - costs.held()
                > more);
    }

    private static Prune prune(Saliency saliency, Prune.Site site) {
        return new Prune(saliency, Sparsity.of(0.5), Prune.Unit.WEIGHT, site, 0);
    }

    @Test
    void tuningKeepsWhatItsGradientsNeed() {
        Architecture architecture =
                Architecture.of(ModelConfig.published("gpt2-large").orElseThrow());
        ActivationMemory values = new ActivationMemory(architecture);
        long softmaxOfOneLayer = 20L * 1024 * Float.BYTES; // heads by keys, by the token
        long kept = values.kept(1024, 1024, Execution.PLAIN, false);
        assertTrue(kept > 36 * 1024 * 3 * softmaxOfOneLayer, "36 layers with dropout in attention");
        assertEquals(2 * kept, values.kept(2048, 1024, Execution.PLAIN, false));
    }

    @Test
    void whatMeasuresNothingTakesNoTime() {
        MergePlan vanilla = new MergePlan(
                List.of(MergePlan.Group.of("decoder", new Window(16, 34).layers(), MergePlan.Anchor.FIRST)),
                MergePlan.Alignment.NONE,
                0);
        DryRun merge = costs("gpt2-large").shrink("merge", new MergeSublayers(vanilla, MergePlan.Anchor.FIRST), null);
        assertTrue(merge.seconds() < 2, "no pass and no match, just means: " + merge);
        assertEquals(0, merge.diskBytes());
    }
}
