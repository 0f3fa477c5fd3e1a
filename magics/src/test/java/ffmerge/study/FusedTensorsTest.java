package ffmerge.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.adapter.AdapterSettings;
import ffmerge.adapter.StoredAdapters;
import ffmerge.architecture.FusedTensor;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.CheckpointWriter;
import ffmerge.checkpoint.CheckpointWriter.Format;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.EditedCheckpoint.Content;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.data.TokenBatch;
import ffmerge.fixture.AdapterCase;
import ffmerge.fixture.MemoryCheckpoint;
import ffmerge.fixture.Outputs;
import ffmerge.fixture.Shrinks;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.merge.Average;
import ffmerge.merge.MergePlan;
import ffmerge.model.TransformerModel;
import ffmerge.model.WeightForms;
import ffmerge.result.Lineage;
import ffmerge.shrink.Evidence;
import ffmerge.shrink.MergeAttention;
import ffmerge.torch.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors that are several ones in memory and one in files: of consecutive parts (Phi-3) and of parts by heads. */
class FusedTensorsTest {
    private static final SmallCheckpoint PHI3 = new SmallCheckpoint("fused/phi3");
    private static final String QKV = "model.layers.%d.self_attn.qkv_proj.weight";
    private static final String GATE_UP = "model.layers.%d.mlp.gate_up_proj.weight";

    @TempDir
    private Path temporary;

    private final List<String> notices = new ArrayList<>();

    private Path save(TransformerModel model, String as, Format format) {
        Path folder = temporary.resolve(as);
        Saving.save("m", model, new Lineage("small"), folder, format, DType.F32, false, notices::add, Progress.NONE);
        return folder;
    }

    private static TransformerModel load(Path folder) {
        return TransformerModel.load(folder, Device.cpu(), Progress.NONE);
    }

    private static MergePlan plan(int... layers) {
        List<Integer> all = new ArrayList<>();
        for (int layer : layers) {
            all.add(layer);
        }
        return new MergePlan(
                List.of(MergePlan.Group.of("decoder", all, MergePlan.Anchor.FIRST)), MergePlan.Alignment.RANDOM, 3);
    }

    private static TokenBatch batch(TransformerModel model) {
        return Outputs.tokens(model, 2, 7, 5);
    }

    @ParameterizedTest
    @MethodSource("ffmerge.model.FusedFamiliesTest#cases")
    void aFileIsWrittenAsItWasRead(String name) {
        SmallCheckpoint small = new SmallCheckpoint("fused/" + name);
        try (TransformerModel model = small.load(Precision.FLOAT32)) {
            assertEquals(
                    small.expected().get("parameters").asLong(),
                    model.parameters().uniqueCount());
            for (Format format : Format.values()) {
                Path saved = save(model, name + format, format);
                try (Checkpoint before = Checkpoint.open(small.folder());
                        Checkpoint after = Checkpoint.open(saved)) {
                    assertEquals(before.tensors().keySet(), after.tensors().keySet());
                    assertTrue(after.ties().isEmpty());
                    before.tensors().forEach((tensor, spec) -> {
                        assertEquals(spec.shape(), after.tensors().get(tensor).shape());
                        assertArrayEquals(before.read(tensor), after.read(tensor), tensor);
                    });
                }
            }
        }
    }

    @Test
    void whatIsSharedAsAWholeIsOneTie() throws Exception {
        try (TransformerModel model = PHI3.load(Precision.FLOAT32);
                TransformerModel merged =
                        Shrinks.merge(model, plan(0, 2), null, 0, Progress.NONE).model();
                TransformerModel both = new MergeAttention(plan(1, 2), MergePlan.Anchor.FIRST, Average.MEAN)
                        .apply(merged, Evidence.NONE)
                        .model()) {
            Path tied = save(both, "tied", Format.TIED);
            try (Checkpoint file = Checkpoint.open(tied)) {
                assertEquals(
                        Map.of(
                                GATE_UP.formatted(2),
                                GATE_UP.formatted(0),
                                "model.layers.2.mlp.down_proj.weight",
                                "model.layers.0.mlp.down_proj.weight",
                                QKV.formatted(2),
                                QKV.formatted(1),
                                "model.layers.2.self_attn.o_proj.weight",
                                "model.layers.1.self_attn.o_proj.weight"),
                        file.ties().keptByAlias());
            }
            Path asStored = temporary.resolve("as-stored");
            Saving.save(both, new Lineage("small"), asStored);
            assertEquals(Files.size(asStored.resolve("model.safetensors")), Saving.bytesOnDisk(both));
            Path expanded = save(both, "expanded", Format.EXPANDED);
            try (TransformerModel again = load(tied);
                    TransformerModel whole = load(expanded)) {
                assertEquals(both.parameters().uniqueCount(), again.parameters().uniqueCount());
                assertEquals(model.parameters().count(), whole.parameters().uniqueCount());
                float[] logits = Outputs.logits(both, batch(both));
                assertArrayEquals(logits, Outputs.logits(again, batch(both)));
                assertArrayEquals(logits, Outputs.logits(whole, batch(both)));
            }
            assertEquals(List.of(), notices);
        }
    }

    /** Parts of tensors that are shared: only this program's own files can say that. */
    @Test
    void whatIsSharedInPartStaysSharedInAFolderOfOurOwn() throws Exception {
        try (TransformerModel model = PHI3.load(Precision.FLOAT32);
                TransformerModel shared = sharingKeys(model)) {
            assertEquals(
                    model.parameters().uniqueCount() - 12 * 24,
                    shared.parameters().uniqueCount());
            Path tied = save(shared, "tied", Format.TIED);
            assertEquals(
                    List.of(tied + " can't be opened by transformers, as only a part of '" + QKV.formatted(2)
                            + "' is shared with other places; ffmerge opens it"),
                    notices);
            assertEquals(
                    "ffmerge",
                    new ObjectMapper()
                            .readTree(tied.resolve("config.json").toFile())
                            .get("model_type")
                            .asText());
            Path expanded = save(shared, "expanded", Format.EXPANDED);
            float[] logits = Outputs.logits(shared, batch(shared));
            try (TransformerModel again = load(tied);
                    TransformerModel whole = load(expanded)) {
                assertEquals(
                        shared.parameters().uniqueCount(), again.parameters().uniqueCount());
                assertArrayEquals(logits, Outputs.logits(again, batch(shared)));
                assertArrayEquals(logits, Outputs.logits(whole, batch(shared)));
                assertEquals(shared.parameters().count(), whole.parameters().uniqueCount());
            }
        }
    }

    private static TransformerModel sharingKeys(TransformerModel model) {
        Map<String, Content> contents = new LinkedHashMap<>();
        Map<String, TensorSpec> specs = new LinkedHashMap<>();
        for (ModelTensor tensor : model.architecture().tensors()) {
            String from = tensor.role().equals("key") && tensor.layer() == 2
                    ? tensor.name().replace("layers.2", "layers.0")
                    : tensor.name();
            contents.put(tensor.name(), new Content.Original(from));
        }
        return model.edited(new EditedCheckpoint(model.checkpoint(), contents, specs), model.architecture());
    }

    @Test
    void quantizedPartsAreReadAgain() {
        try (TransformerModel model = PHI3.load(Precision.FLOAT32);
                TransformerModel small = model.quantized(WeightForms.of("int8-weight"))) {
            float[] logits = Outputs.logits(small, batch(small));
            try (TransformerModel again = load(save(small, "small", Format.TIED));
                    TransformerModel whole = load(save(small, "whole", Format.EXPANDED))) {
                assertArrayEquals(logits, Outputs.logits(again, batch(small)), 1e-5f);
                assertArrayEquals(logits, Outputs.logits(whole, batch(small)), 1e-4f);
            }
        }
    }

    private String refusal(String tensor, UnaryOperator<float[]> change, long... shape) throws Exception {
        Path folder = Files.createTempDirectory(temporary, "damaged");
        Files.copy(PHI3.folder().resolve("config.json"), folder.resolve("config.json"));
        MemoryCheckpoint weights = new MemoryCheckpoint();
        try (Checkpoint stored = Checkpoint.open(PHI3.folder())) {
            stored.tensors().forEach((name, spec) -> {
                float[] values = stored.read(name);
                if (!name.equals(tensor)) {
                    weights.tensor(
                            name,
                            spec.shape().stream().mapToLong(Long::longValue).toArray(),
                            values);
                } else if (shape.length > 0) {
                    weights.tensor(name, shape, change.apply(values));
                }
            });
        }
        Path file = folder.resolve("model.safetensors");
        CheckpointWriter.write(file, weights, DType.F32, Format.EXPANDED, Progress.NONE);
        return assertThrows(UserError.class, () -> load(folder).close())
                .getMessage()
                .replace(file.toString(), "FILE");
    }

    @Test
    void messagesNameTheFilesTensor() throws Exception {
        String name = QKV.formatted(1);
        assertEquals("FILE lacks 1 of the 30 tensors of this Phi-3: " + name, refusal(name, UnaryOperator.identity()));
        assertEquals(
                "FILE: tensor '" + name + "' has the shape [24, 48], config.json asks for [48, 24]",
                refusal(name, UnaryOperator.identity(), 24, 48));
    }

    @Test
    void adaptersOfPartsAreOneOfTheWholeForPeft() {
        try (TransformerModel model = PHI3.load(Precision.FLOAT32)) {
            AdapterSettings settings = new AdapterSettings(
                    2,
                    6,
                    0,
                    AdapterSettings.targets(model.architecture(), List.of("qkv_proj", "gate", "down_proj")),
                    AdapterSettings.Sharing.PER_LAYER);
            assertEquals(List.of("query", "key", "value", "gate", "down_proj"), settings.targets());
            try (TransformerModel adapted = moved(model.adapted(settings, 5))) {
                float[] logits = Outputs.logits(adapted, batch(model));
                assertFalse(Arrays.equals(Outputs.logits(model, batch(model)), logits));
                Path folder = temporary.resolve("adapters");
                Saving.saveAdapters("m", adapted, new Lineage("small"), folder, false, Progress.NONE);
                try (Checkpoint file = Checkpoint.open(renamed(folder));
                        StoredAdapters stored = StoredAdapters.open(folder, model.architecture());
                        TransformerModel again = model.adapted(stored)) {
                    String module = "base_model.model.model.layers.0.self_attn.qkv_proj.lora_";
                    assertEquals(
                            List.of(6L, 24L),
                            file.tensors().get(module + "A.weight").shape());
                    assertEquals(
                            List.of(48L, 6L),
                            file.tensors().get(module + "B.weight").shape());
                    assertArrayEquals(logits, Outputs.logits(again, batch(model)), 1e-5f);
                    // what was read so is one of the same rank again
                    Path twice = temporary.resolve("twice");
                    Saving.saveAdapters("m", again, new Lineage("small"), twice, false, Progress.NONE);
                    try (Checkpoint second = Checkpoint.open(renamed(twice))) {
                        assertEquals(file.tensors(), second.tensors());
                        assertArrayEquals(file.read(module + "B.weight"), second.read(module + "B.weight"));
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                // in a folder of our own they stay what they are
                try (TransformerModel again = load(save(adapted, "own", Format.TIED))) {
                    assertArrayEquals(logits, Outputs.logits(again, batch(model)), 1e-5f);
                    assertEquals(
                            adapted.parameters().count(), again.parameters().count());
                }
            }
        }
    }

    /** resources/fused/adapters.py made them with PEFT; what is read from a fused map's is written as that again. */
    @ParameterizedTest
    @ValueSource(strings = {"phi3", "gpt-neox", "falcon-40b"})
    void adaptersOfFusedMapsComputeWhatPeftComputes(String name) throws Exception {
        SmallCheckpoint small = new SmallCheckpoint("fused/" + name);
        SmallCheckpoint adapters = new SmallCheckpoint("fused/adapters/" + name);
        Path again = temporary.resolve("again");
        try (TransformerModel base = small.load(Precision.FLOAT32);
                StoredAdapters stored = StoredAdapters.open(adapters.folder(), base.architecture());
                TransformerModel model = base.adapted(stored);
                TransformerModel folded = model.folded(false)) {
            float[] right = AdapterCase.floats(adapters.expected().get("logits"));
            int columns = right.length / 4; // the last two tokens of two rows
            for (TransformerModel each : List.of(model, folded)) {
                float[] logits = Outputs.logits(each, (TokenBatch) small.batch());
                int row = logits.length / 2;
                for (int i = 0; i < right.length; i++) {
                    int last = i / (2 * columns) * row + row - 2 * columns + i % (2 * columns);
                    assertEquals(right[i], logits[last], 1e-4, name + " " + i);
                }
            }
            Saving.saveAdapters("m", model, new Lineage("small"), again, false, Progress.NONE);
        }
        try (Checkpoint before = Checkpoint.open(renamed(copied(adapters.folder())));
                Checkpoint after = Checkpoint.open(renamed(again))) {
            assertEquals(before.tensors().keySet(), after.tensors().keySet());
            before.tensors().keySet().forEach(tensor -> assertArrayEquals(before.read(tensor), after.read(tensor)));
        }
        JsonNode says =
                new ObjectMapper().readTree(again.resolve("adapter_config.json").toFile());
        JsonNode said = new ObjectMapper()
                .readTree(adapters.folder().resolve("adapter_config.json").toFile());
        assertEquals(said.get("r"), says.get("r"));
        assertEquals(said.get("lora_alpha").asDouble(), says.get("lora_alpha").asDouble());
        assertEquals(names(said.get("target_modules")), names(says.get("target_modules")));
    }

    private static Set<String> names(JsonNode list) {
        Set<String> names = new TreeSet<>();
        list.forEach(name -> names.add(name.asText()));
        return names;
    }

    private Path copied(Path adapters) throws IOException {
        Path copy = Files.createDirectories(temporary.resolve("peft"));
        Files.copy(adapters.resolve("adapter_model.safetensors"), copy.resolve("adapter_model.safetensors"));
        return copy;
    }

    private static Path renamed(Path adapters) throws IOException {
        Path copy = Files.createTempDirectory(adapters.getParent(), "copy");
        Files.copy(adapters.resolve("adapter_model.safetensors"), copy.resolve("model.safetensors"));
        return copy;
    }

    /** The model with other values in its adapters, whose B are zero at first. */
    private static TransformerModel moved(TransformerModel fresh) {
        fresh.parameters().learned().forEach((name, array) -> array.addi(name.length() % 7 * 0.03f + 0.1f));
        return fresh;
    }

    @Test
    void everyPartIsInItsWhole() {
        try (TransformerModel model = PHI3.load(Precision.FLOAT32);
                Checkpoint file = Checkpoint.open(PHI3.folder())) {
            Set<String> names = file.tensors().keySet();
            for (FusedTensor fused : model.architecture().fused()) {
                assertTrue(names.contains(fused.name()));
                int row = 0;
                float[] whole = file.read(fused.name());
                for (ModelTensor part : fused.parts()) {
                    float[] values = model.parameters().get(part.name()).toFloatArray();
                    assertArrayEquals(Arrays.copyOfRange(whole, row * 24, row * 24 + values.length), values);
                    row += values.length / 24;
                }
            }
        }
    }
}
