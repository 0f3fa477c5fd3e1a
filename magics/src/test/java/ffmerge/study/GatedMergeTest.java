package ffmerge.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Demo;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.align.Aligner;
import ffmerge.align.Calibration;
import ffmerge.align.LayerAlignment;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.ModelConfig;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.CheckpointWriter.Format;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.EditedCheckpoint.Content;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.data.TokenBatch;
import ffmerge.fixture.Outputs;
import ffmerge.fixture.Shrinks;
import ffmerge.merge.MergePlan;
import ffmerge.merge.MergePlan.Alignment;
import ffmerge.merge.MergePlan.Anchor;
import ffmerge.merge.MergePlan.Features;
import ffmerge.merge.MergePlan.Group;
import ffmerge.model.TransformerModel;
import ffmerge.permutation.Permutation;
import ffmerge.result.Lineage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Shrunk gated sublayers: up and gate by rows, down by columns. resources/gated/generate.py made the models. */
class GatedMergeTest {
    private static final Path RESOURCES = Path.of("src/test/resources/gated");

    @TempDir
    private Path temporary;

    private static TransformerModel load(String name) {
        return TransformerModel.load(RESOURCES.resolve(name), Device.cpu(), Progress.NONE);
    }

    private static MergePlan plan(Alignment alignment, Features features, Integer... layers) {
        return new MergePlan(List.of(Group.of("decoder", List.of(layers), Anchor.FIRST)), alignment, features, 3);
    }

    private static TransformerModel merged(TransformerModel model, Integer... layers) {
        return Shrinks.merge(model, plan(Alignment.RANDOM, Features.UP, layers), null, 0, Progress.NONE)
                .model();
    }

    /** An edit of a model that leaves everything as it is, to be changed. */
    private static Map<String, Content> unchanged(Architecture architecture) {
        Map<String, Content> contents = new LinkedHashMap<>();
        architecture.tensors().forEach(tensor -> contents.put(tensor.name(), new Content.Original(tensor.name())));
        return contents;
    }

    /** The model in which every layer has the FF sublayer of the first. */
    private static TransformerModel copies(TransformerModel model) {
        Architecture architecture = model.architecture();
        Map<String, Content> contents = unchanged(architecture);
        List<FeedForwardTensor> first = architecture.feedForward("decoder", 0).tensors();
        for (FeedForwardSublayer sublayer : architecture.stack("decoder").feedForwards()) {
            for (int i = 0; i < first.size(); i++) {
                contents.put(
                        sublayer.tensors().get(i).name(),
                        new Content.Original(first.get(i).name()));
            }
        }
        return model.edited(new EditedCheckpoint(model.checkpoint(), contents, Map.of()), architecture);
    }

    /** The model with the units of some FF sublayers in another order. */
    private static TransformerModel shuffled(TransformerModel model, Map<Integer, Permutation> orders) {
        Architecture architecture = model.architecture();
        Map<String, Content> contents = unchanged(architecture);
        Map<String, TensorSpec> specs =
                architecture.tensors().stream().collect(Collectors.toMap(ModelTensor::name, t -> t.spec(DType.F32)));
        orders.forEach((layer, order) -> {
            for (FeedForwardTensor tensor :
                    architecture.feedForward("decoder", layer).tensors()) {
                float[] values = model.checkpoint().read(tensor.name());
                contents.put(tensor.name(), new Content.Values(reorder(values, tensor, order)));
            }
        });
        return model.edited(new EditedCheckpoint(model.checkpoint(), contents, specs), architecture);
    }

    /** By the definition: unit order[h] takes place h. */
    private static float[] reorder(float[] values, FeedForwardTensor tensor, Permutation order) {
        boolean rows = tensor.axes().get(0).equals("hidden");
        boolean columns = !rows && tensor.axes().size() > 1;
        int width = columns ? order.order().length : values.length / order.order().length;
        float[] reordered = values.clone();
        for (int i = 0; (rows || columns) && i < values.length; i++) {
            int row = i / width;
            int column = i % width;
            reordered[i] =
                    rows ? values[order.order()[row] * width + column] : values[row * width + order.order()[column]];
        }
        return reordered;
    }

    private static Map<Integer, Permutation> orders(TransformerModel model, int... layers) {
        SplittableRandom random = new SplittableRandom(5);
        Map<Integer, Permutation> orders = new HashMap<>();
        for (int layer : layers) {
            int width = model.architecture().feedForward("decoder", layer).width();
            orders.put(layer, Permutation.random(width, random));
        }
        return orders;
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-shared-keys", "llama-old-hub", "mistral", "olmo", "olmo2"})
    void theOrderOfUnitsMakesNoDifference(String name) {
        try (TransformerModel model = load(name);
                TransformerModel shuffled = shuffled(model, orders(model, 0, 1))) {
            TokenBatch batch = Outputs.tokens(model, 2, 11, 1);
            String gate = "model.layers.1.mlp.gate_proj.weight";
            assertFalse(Arrays.equals(
                    model.checkpoint().read(gate), shuffled.checkpoint().read(gate)));
            assertArrayEquals(Outputs.logits(model, batch), Outputs.logits(shuffled, batch), 1e-5f);
        }
    }

    @ParameterizedTest
    @EnumSource
    void copiesInAnotherOrderAreFoundAndMergedWithoutLoss(Features features) throws Exception {
        Path config = temporary.resolve("config.json");
        Files.writeString(config, """
                {"model_type":"llama","hidden_size":16,"intermediate_size":23,"num_hidden_layers":3,
                 "num_attention_heads":2,"vocab_size":97,"max_position_embeddings":32}""");
        Architecture llama = Architecture.of(ModelConfig.read(config));
        try (TransformerModel model = TransformerModel.random(llama, Device.cpu(), 1);
                TransformerModel copies = copies(model)) {
            Map<Integer, Permutation> orders = orders(model, 2);
            try (TransformerModel shuffled = shuffled(copies, orders)) {
                MergePlan plan = plan(Alignment.PERMUTE, features, 0, 2);
                List<Aligner.LayerPair> pairs = Aligner.pairs(plan);
                LayerAlignment found = Aligner.align(
                                shuffled,
                                pairs,
                                List.of(Outputs.tokens(model, 16, 32, 2)),
                                Calibration.of(512),
                                Progress.NONE)
                        .get(pairs.get(0));
                assertEquals(orders.get(2).inverse(), found.permutation());
                try (TransformerModel merged =
                        Shrinks.merge(shuffled, plan, List.of(found)).model()) {
                    TokenBatch batch = Outputs.tokens(model, 2, 9, 1);
                    assertArrayEquals(Outputs.logits(shuffled, batch), Outputs.logits(merged, batch), 1e-6f);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-old-hub", "olmo2"})
    void mergingIdenticalSublayersMakesNoDifferenceAtAll(String name) {
        try (TransformerModel model = load(name);
                TransformerModel copies = copies(model)) {
            MergePlan plan = plan(Alignment.NONE, Features.UP, 0, 1);
            try (TransformerModel merged =
                    Shrinks.merge(copies, plan, null, 0, Progress.NONE).model()) {
                TokenBatch batch = Outputs.tokens(model, 2, 9, 1);
                assertArrayEquals(Outputs.logits(copies, batch), Outputs.logits(merged, batch));
            }
        }
    }

    @Test
    void whatIsCorrelatedDecidesTheOrder() {
        try (TransformerModel model = load("olmo")) {
            List<TokenBatch> batches = List.of(Outputs.tokens(model, 8, 13, 4));
            Map<Features, LayerAlignment> found = Arrays.stream(Features.values())
                    .collect(Collectors.toMap(f -> f, f -> {
                        Aligner.LayerPair pair = new Aligner.LayerPair("decoder", 0, 2, f);
                        return Aligner.align(model, List.of(pair), batches, Calibration.of(104), Progress.NONE)
                                .get(pair);
                    }));
            found.values().forEach(a -> assertTrue(a.matchedCorrelation() >= a.identityCorrelation()));
            Set<Double> sums = found.values().stream()
                    .map(LayerAlignment::matchedCorrelation)
                    .collect(Collectors.toSet());
            assertEquals(Features.values().length, sums.size(), "each looks at something else");
        }
    }

    @Test
    void aModelWithoutGatesHasOnlyItsUpProjection() {
        try (TransformerModel model = Demo.model()) {
            for (Features features : List.of(Features.GATE, Features.PRODUCT)) {
                MergePlan plan = plan(Alignment.PERMUTE, features, 0, 2);
                assertEquals(
                        "the FF sublayers of GPT-2 have no gates: there is no " + features.label()
                                + " to correlate, only up",
                        assertThrows(UserError.class, () -> plan.requireFits(model.architecture()))
                                .getMessage());
            }
            plan(Alignment.PERMUTE, Features.UP, 0, 2).requireFits(model.architecture());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMergedModelHoldsOneSetOfParametersAndIsTheSameWhenSavedAndLoaded(Format format) {
        try (TransformerModel model = load("olmo");
                TransformerModel merged = merged(model, 0, 1, 2)) {
            long sublayer = model.architecture().feedForward("decoder", 0).parameters();
            assertEquals(3 * 12 * 11, sublayer);
            long left = model.parameters().count() - 2 * sublayer;
            assertEquals(left, merged.parameters().uniqueCount());
            assertEquals(4 * left, merged.parameters().bytes());
            assertEquals(
                    "model.layers.0.mlp.gate_proj.weight",
                    merged.parameters().ties().keptName("model.layers.2.mlp.gate_proj.weight"));

            Path saved = temporary.resolve("saved");
            Saving.save("m", merged, new Lineage("olmo"), saved, format, DType.F32, false, line -> {}, Progress.NONE);
            try (TransformerModel loaded = TransformerModel.load(saved, Device.cpu(), Progress.NONE)) {
                TokenBatch batch = Outputs.tokens(model, 2, 9, 1);
                assertArrayEquals(Outputs.logits(merged, batch), Outputs.logits(loaded, batch));
                assertEquals(
                        format == Format.TIED ? left : model.parameters().count(),
                        loaded.parameters().uniqueCount());
            }
        }
    }

    @Test
    void transformersComputesWhatTheTiedModelComputes() throws Exception {
        JsonNode expected = new ObjectMapper()
                .readTree(RESOURCES.resolve("merged/expected.json").toFile());
        JsonNode rows = expected.get("ids");
        int length = rows.get(0).size();
        long[] ids = new long[rows.size() * length];
        Arrays.setAll(ids, i -> rows.get(i / length).get(i % length).asLong());
        float[] logits = new float[expected.get("logits").size()];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) expected.get("logits").get(i).asDouble();
        }
        try (TransformerModel model = load("llama-shared-keys");
                TransformerModel merged = merged(model, 0, 2)) {
            assertArrayEquals(logits, Outputs.logits(merged, new TokenBatch(ids, rows.size(), length, 1)), 1e-4f);
            Path saved = temporary.resolve("saved");
            Saving.save(
                    "m", merged, new Lineage("p"), saved, Format.EXPANDED, DType.F32, false, line -> {}, Progress.NONE);
            assertArrayEquals(
                    Files.readAllBytes(RESOURCES.resolve("merged/model.safetensors")),
                    Files.readAllBytes(saved.resolve("model.safetensors")));
            assertEquals(
                    new ObjectMapper()
                            .readTree(RESOURCES.resolve("merged/config.json").toFile()),
                    new ObjectMapper().readTree(saved.resolve("config.json").toFile()));
        }
    }
}
