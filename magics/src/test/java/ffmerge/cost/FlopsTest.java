package ffmerge.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ffmerge.Demo;
import ffmerge.DemoImages;
import ffmerge.DemoTranslator;
import ffmerge.Progress;
import ffmerge.adapter.AdapterSettings;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelTensor;
import ffmerge.model.TransformerModel;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The formula against counts by hand. */
class FlopsTest {
    /** GPT-2's layer: d 128, queries, keys and values in one map, FF 512. */
    private static final long GPT2_LAYER = 128 * 384 + 128 * 128 + 2 * 128 * 512;

    @Test
    void mapsAttentionAndHeadOfALanguageModel() {
        try (TransformerModel model = Demo.model()) {
            long attention = 12 * 4 * 256 * 128;
            long head = 2 * 128 * 4096;
            assertEquals(12 * 2 * GPT2_LAYER + attention + head, Flops.perToken(model, 256));
            assertEquals(7_340_032, Flops.perToken(model, 256));
            assertEquals(7_340_032 - attention / 2, Flops.perToken(model, 128));
        }
    }

    @Test
    void patchesAndClassesOfAnImageAreSpreadOverItsTokens() {
        try (TransformerModel model = DemoImages.model()) {
            long layer = 2 * (4 * 96 * 96 + 2 * 96 * 384) + 4 * 50 * 96;
            double once = (2 * 49 * 96 * 16 + 2 * 96 * 10) / 50.;
            assertEquals(Math.round(12 * layer + once), Flops.perToken(model, 50));
            assertEquals(2_887_657, Flops.perToken(model, 50));
        }
    }

    @Test
    void aTranslatorsTokensAreOfBothSides() {
        try (TransformerModel model = DemoTranslator.model()) {
            long encoder = 6 * (2 * (4 * 96 * 96 + 2 * 96 * 384) + 4 * 128 * 96);
            long decoder = 6 * (2 * (8 * 96 * 96 + 2 * 96 * 384) + 2 * 4 * 128 * 96);
            long head = 2 * 96 * 4936;
            assertEquals((encoder + decoder + head) / 2, Flops.perToken(model, 128));
            assertEquals(2_464_512, Flops.perToken(model, 128));
        }
    }

    /** Heads that have norms of their own can't be left out, but counted. */
    @Test
    void headsWithTensorsOfTheirOwnCount() throws Exception {
        Path folder = Path.of(
                FlopsTest.class.getResource("/decoder/stablelm-parallel").toURI());
        try (TransformerModel model = TransformerModel.load(folder, Device.cpu(), Progress.NONE)) {
            Architecture architecture = model.architecture();
            long maps = architecture.linearWeights().stream()
                    .mapToLong(ModelTensor::elements)
                    .sum();
            long head = architecture.modelWidth() * architecture.vocabulary();
            long attention = 4L * 10 * architecture.queriesWidth("decoder") * model.layers();
            assertEquals(2 * maps + 2 * head + attention, Flops.perToken(model, 10));
        }
    }

    @Test
    void whatIsGoneIsNotCountedAndWhatStandsBesideIs() {
        AdapterSettings settings = new AdapterSettings(8, 8, 0, List.of("c_fc"), AdapterSettings.Sharing.PER_LAYER);
        try (TransformerModel model = Demo.model();
                TransformerModel adapted = model.adapted(settings, 0)) {
            assertEquals(7_340_032 + 12 * 2 * 8 * (128 + 512), Flops.perToken(adapted, 256));
        }
    }
}
