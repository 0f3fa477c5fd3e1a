package ffmerge.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.Device;
import ffmerge.Demo;
import ffmerge.Progress;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.CheckpointWriter;
import ffmerge.checkpoint.CheckpointWriter.Format;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.EditedCheckpoint.Content;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.data.Split;
import ffmerge.data.TokenBatch;
import ffmerge.fixture.Outputs;
import ffmerge.fixture.TinyGpt2;
import ffmerge.merge.MergePlan.Alignment;
import ffmerge.merge.MergePlan.Anchor;
import ffmerge.merge.MergePlan.Group;
import ffmerge.model.TransformerModel;
import ffmerge.permutation.Permutation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What merging does to the outputs of models that run. */
class MergedModelTest {
    @TempDir
    private Path folder;

    private TransformerModel load(TinyGpt2 model) {
        return TransformerModel.load(model.writeTo(folder), Device.cpu(), Progress.NONE);
    }

    private static MergePlan plan(Group... groups) {
        return new MergePlan(List.of(groups), Alignment.NONE, 0);
    }

    private static Group group(Integer... layers) {
        return Group.of("decoder", List.of(layers), Anchor.FIRST);
    }

    private static TransformerModel merged(TransformerModel model, MergePlan plan) {
        Architecture architecture = model.architecture();
        return model.edited(FeedForwardMerger.merge(model.checkpoint(), architecture, plan, Map.of()), architecture);
    }

    /** The model with the units of every FF sublayer in another order. */
    private static TransformerModel shuffled(TransformerModel model, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Architecture architecture = model.architecture();
        Map<String, Content> contents = new LinkedHashMap<>();
        Map<String, TensorSpec> specs = new HashMap<>();
        for (ModelTensor tensor : architecture.tensors()) {
            contents.put(tensor.name(), new Content.Original(tensor.name()));
            specs.put(tensor.name(), tensor.spec(DType.F32));
        }
        for (FeedForwardSublayer sublayer : architecture.stack("decoder").feedForwards()) {
            Permutation order = Permutation.random(sublayer.width(), random);
            for (FeedForwardTensor tensor : sublayer.tensors()) {
                float[] values = model.checkpoint().read(tensor.name());
                contents.put(tensor.name(), new Content.Values(FeedForwardMerger.reorder(values, tensor, order)));
            }
        }
        return model.edited(new EditedCheckpoint(model.checkpoint(), contents, specs), architecture);
    }

    @Test
    void theOrderOfUnitsMakesNoDifferenceToTheDemoModel() {
        try (TransformerModel model = Demo.model();
                TransformerModel shuffled = shuffled(model, 1)) {
            TokenBatch batch = Demo.tokens(Split.TEST).blocks(256, 256, 1).get(0);
            String up = "transformer.h.5.mlp.c_fc.weight";
            assertFalse(Arrays.equals(
                    model.checkpoint().read(up), shuffled.checkpoint().read(up)));
            assertArrayEquals(Outputs.logits(model, batch), Outputs.logits(shuffled, batch), 1e-4f);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 7, 1, 3", "2, 9, 3, 29", "5, 4, 2, 17"})
    void theOrderOfUnitsMakesNoDifferenceToModelsOfOddSizes(int layers, int width, int heads, int units) {
        int divisible = width - width % heads;
        try (TransformerModel model =
                        load(new TinyGpt2(layers).width(divisible, heads).units(units));
                TransformerModel shuffled = shuffled(model, 2)) {
            TokenBatch batch = Outputs.tokens(model, 3, 11, 1);
            assertArrayEquals(Outputs.logits(model, batch), Outputs.logits(shuffled, batch), 1e-5f);
        }
    }

    @Test
    void mergingIdenticalSublayersMakesNoDifferenceAtAll() {
        try (TransformerModel model = load(new TinyGpt2(4).identicalLayers());
                TransformerModel merged = merged(model, plan(group(0, 1, 2, 3)))) {
            TokenBatch batch = Outputs.tokens(model, 2, 9, 1);
            assertArrayEquals(Outputs.logits(model, batch), Outputs.logits(merged, batch));
            assertEquals(
                    3 * model.architecture().feedForward("decoder", 0).parameters(),
                    model.parameters().uniqueCount() - merged.parameters().uniqueCount());
        }
    }

    @Test
    void mergingDifferentSublayersMakesOne() {
        try (TransformerModel model = load(new TinyGpt2(4));
                TransformerModel merged = merged(model, plan(group(0, 1, 2, 3)))) {
            TokenBatch batch = Outputs.tokens(model, 2, 9, 1);
            assertFalse(Arrays.equals(Outputs.logits(model, batch), Outputs.logits(merged, batch)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMergedModelIsTheSameWhenSavedAndLoaded(Format format) {
        Path saved = folder.resolve("saved");
        try (TransformerModel model = load(new TinyGpt2(5));
                TransformerModel merged = merged(model, plan(group(0, 2), group(1, 3, 4)))) {
            CheckpointWriter.writeFolder(
                    saved,
                    merged.checkpoint(),
                    DType.F32,
                    format,
                    Map.of(
                            "config.json",
                            merged.architecture().config().json().toString().getBytes(StandardCharsets.UTF_8)),
                    false,
                    Progress.NONE);
            try (TransformerModel loaded = TransformerModel.load(saved, Device.cpu(), Progress.NONE)) {
                TokenBatch batch = Outputs.tokens(model, 2, 9, 1);
                assertArrayEquals(Outputs.logits(merged, batch), Outputs.logits(loaded, batch));
                boolean tied = format == Format.TIED;
                assertEquals(
                        tied ? merged.parameters().ties().keptByAlias() : Map.of(),
                        loaded.parameters().ties().keptByAlias());
                assertEquals(
                        tied
                                ? merged.parameters().uniqueCount()
                                : model.parameters().count(),
                        loaded.parameters().uniqueCount());
            }
        }
    }

    @Test
    void aMergedModelCanBeMergedAgain() {
        try (TransformerModel model = load(new TinyGpt2(5));
                TransformerModel once = merged(model, plan(group(1, 2, 3)));
                TransformerModel twice = merged(once, plan(group(0, 1)))) {
            long sublayer = model.architecture().feedForward("decoder", 0).parameters();
            // {0, 1}, {2, 3}, {4}
            assertEquals(
                    model.parameters().count() - 2 * sublayer,
                    twice.parameters().uniqueCount());
            String up = "transformer.h.%d.mlp.c_fc.weight";
            assertEquals(up.formatted(0), twice.parameters().ties().keptName(up.formatted(1)));
            assertEquals(up.formatted(2), twice.parameters().ties().keptName(up.formatted(3)));
            assertArrayEquals(
                    once.checkpoint().read(up.formatted(1)), twice.checkpoint().read(up.formatted(3)));
            try (TransformerModel all = merged(twice, plan(group(0, 1, 2, 3, 4)))) {
                assertEquals(
                        model.parameters().count() - 4 * sublayer,
                        all.parameters().uniqueCount());
            }
        }
    }

    @Test
    void aTiedModelCanLoseLayers() {
        try (TransformerModel model = load(new TinyGpt2(5));
                TransformerModel merged = merged(model, plan(group(1, 2, 4)))) {
            LayerDrop drop = new LayerDrop("decoder", List.of(0, 1));
            Architecture architecture = drop.architecture(merged.architecture());
            try (TransformerModel dropped =
                    merged.edited(drop.apply(merged.checkpoint(), merged.architecture()), architecture)) {
                assertEquals(3, dropped.layers());
                assertEquals(
                        architecture.parameters()
                                - architecture.feedForward("decoder", 0).parameters(),
                        dropped.parameters().uniqueCount());
                assertEquals(
                        "transformer.h.0.mlp.c_fc.weight",
                        dropped.parameters().ties().keptName("transformer.h.2.mlp.c_fc.weight"));
                Outputs.logits(dropped, Outputs.tokens(dropped, 1, 5, 1));
            }
        }
    }

    @Test
    void droppingALayerLeavesTheModelOfTheOthers() {
        try (TransformerModel model = load(new TinyGpt2(3).identicalLayers());
                TransformerModel two = TransformerModel.load(
                        new TinyGpt2(2).identicalLayers().writeTo(folder.resolve("two")),
                        Device.cpu(),
                        Progress.NONE)) {
            // ln_f is drawn after the layers, and so the same in both
            LayerDrop drop = new LayerDrop("decoder", List.of(1));
            try (TransformerModel dropped = model.edited(
                    drop.apply(model.checkpoint(), model.architecture()), drop.architecture(model.architecture()))) {
                TokenBatch batch = Outputs.tokens(model, 2, 9, 1);
                assertArrayEquals(Outputs.logits(two, batch), Outputs.logits(dropped, batch));
            }
        }
    }

    @Test
    void theGradientOfATiedParameterIsTheSumOverItsPlaces() {
        Path expanded = folder.resolve("expanded");
        try (TransformerModel model = load(new TinyGpt2(4));
                TransformerModel tied = merged(model, plan(group(0, 2, 3)))) {
            CheckpointWriter.writeFolder(
                    expanded,
                    tied.checkpoint(),
                    DType.F32,
                    Format.EXPANDED,
                    Map.of("config.json", new TinyGpt2(4).configText().getBytes(StandardCharsets.UTF_8)),
                    false,
                    Progress.NONE);
            try (TransformerModel untied = TransformerModel.load(expanded, Device.cpu(), Progress.NONE);
                    TransformerModel tunable = tied.copy()) {
                TokenBatch batch = Outputs.tokens(model, 2, 9, 1);
                Outputs.Gradients ofTied = Outputs.gradients(tunable, batch);
                Outputs.Gradients ofUntied = Outputs.gradients(untied, batch);
                assertEquals(ofUntied.loss(), ofTied.loss(), 1e-6);
                for (FeedForwardTensor tensor :
                        model.architecture().feedForward("decoder", 0).tensors()) {
                    float[] sum = new float[ofTied.byName().get(tensor.name()).length];
                    for (int layer : new int[] {0, 2, 3}) {
                        float[] part = ofUntied.byName().get(tensor.name().replace("h.0.", "h." + layer + "."));
                        for (int i = 0; i < sum.length; i++) {
                            sum[i] += part[i];
                        }
                    }
                    assertArrayEquals(sum, ofTied.byName().get(tensor.name()), 1e-5f, tensor.name());
                }
                String alone = "transformer.h.1.mlp.c_fc.weight";
                assertArrayEquals(ofUntied.byName().get(alone), ofTied.byName().get(alone), 1e-5f);
            }
        }
    }
}
