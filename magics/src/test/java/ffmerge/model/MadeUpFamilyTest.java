package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.adapter.AdapterSettings;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.CheckpointWriter;
import ffmerge.checkpoint.DType;
import ffmerge.data.TokenBatch;
import ffmerge.fixture.MemoryCheckpoint;
import ffmerge.fixture.Outputs;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.prune.Saliency;
import ffmerge.prune.Sparsity;
import ffmerge.shrink.Prune;
import ffmerge.torch.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A family of a known shape is one JSON and nothing else: phoo.json, among the tests' resources, is Llama with every name and
 * every key of the config another one.
 */
class MadeUpFamilyTest {
    private static final SmallCheckpoint LLAMA = new SmallCheckpoint("gated/llama-shared-keys");

    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("model.", "core."),
            Map.entry("embed_tokens", "words"),
            Map.entry("core.norm", "core.last"),
            Map.entry("lm_head", "speak"),
            Map.entry("layers.", "block."),
            Map.entry("input_layernorm", "n1"),
            Map.entry("post_attention_layernorm", "n2"),
            Map.entry("self_attn.q_proj", "att.ask"),
            Map.entry("self_attn.k_proj", "att.name"),
            Map.entry("self_attn.v_proj", "att.give"),
            Map.entry("self_attn.o_proj", "att.join"),
            Map.entry("mlp.gate_proj", "net.door"),
            Map.entry("mlp.up_proj", "net.wide"),
            Map.entry("mlp.down_proj", "net.narrow"));

    private static final Map<String, String> KEYS = Map.ofEntries(
            Map.entry("hidden_size", "breadth"),
            Map.entry("intermediate_size", "inner"),
            Map.entry("num_attention_heads", "eyes"),
            Map.entry("num_key_value_heads", "ears"),
            Map.entry("head_dim", "eye_size"),
            Map.entry("vocab_size", "words"),
            Map.entry("num_hidden_layers", "depth"),
            Map.entry("max_position_embeddings", "span"),
            Map.entry("rms_norm_eps", "tiny"),
            Map.entry("hidden_act", "bend"),
            Map.entry("pad_token_id", "blank"),
            Map.entry("rope_parameters", "wheel"),
            Map.entry("tie_word_embeddings", "same_words"));

    @TempDir
    private Path folder;

    private static String renamed(String name) {
        String changed = name.replace("model.", "core.").replace("core.norm", "core.last");
        for (Map.Entry<String, String> entry : NAMES.entrySet()) {
            changed = changed.replace(entry.getKey(), entry.getValue());
        }
        return changed;
    }

    private TransformerModel phoo() throws Exception {
        ObjectMapper json = new ObjectMapper();
        ObjectNode config = json.createObjectNode();
        json.readTree(LLAMA.folder().resolve("config.json").toFile())
                .properties()
                .forEach(e -> config.set(KEYS.getOrDefault(e.getKey(), "unread_" + e.getKey()), e.getValue()));
        config.put("model_type", "phoo");
        Files.writeString(folder.resolve("config.json"), config.toString());
        MemoryCheckpoint weights = new MemoryCheckpoint();
        try (Checkpoint stored = Checkpoint.open(LLAMA.folder())) {
            stored.tensors()
                    .forEach((name, spec) -> weights.tensor(
                            renamed(name),
                            spec.shape().stream().mapToLong(Long::longValue).toArray(),
                            stored.read(name)));
        }
        CheckpointWriter.write(
                folder.resolve("model.safetensors"),
                weights,
                DType.F32,
                CheckpointWriter.Format.EXPANDED,
                Progress.NONE);
        return TransformerModel.load(folder, Device.cpu(), Progress.NONE);
    }

    @Test
    void itIsReadRunQuantizedAdaptedAndCounted() throws Exception {
        try (TransformerModel llama = LLAMA.load(Precision.FLOAT32);
                TransformerModel phoo = phoo()) {
            assertEquals("phoo", phoo.architecture().family());
            TokenBatch batch = (TokenBatch) LLAMA.batch();
            float[] logits = Outputs.logits(llama, batch);
            assertArrayEquals(logits, Outputs.logits(phoo, batch));
            assertEquals(llama.parameters().count(), phoo.parameters().count());
            assertEquals(
                    llama.architecture().feedForward("decoder", 1).parameters(),
                    phoo.architecture().feedForward("decoder", 1).parameters());
            AdapterSettings settings = new AdapterSettings(
                    2,
                    4,
                    0,
                    AdapterSettings.targets(phoo.architecture(), java.util.List.of("wide", "ask")),
                    AdapterSettings.Sharing.PER_LAYER);
            try (TransformerModel small = llama.quantized(WeightForms.of("nf4"));
                    TransformerModel smallPhoo = phoo.quantized(WeightForms.of("nf4"));
                    TransformerModel adapted = smallPhoo.adapted(settings, 3)) {
                assertArrayEquals(Outputs.logits(small, batch), Outputs.logits(adapted, batch));
                assertTrue(smallPhoo.parameters().isQuantized());
                assertEquals(small.parameters().bytes(), smallPhoo.parameters().bytes());
            }
        }
    }

    /** Its table doesn't say how heads are grouped, so that none can be left out; single weights can. */
    @Test
    void headsThatNobodyCanTellApartStay() throws Exception {
        try (TransformerModel phoo = phoo()) {
            Sparsity half = Sparsity.of(0.5);
            Prune heads = new Prune(Saliency.MAGNITUDE, half, Prune.Unit.HEAD, Prune.Site.ATTENTION, 0);
            assertEquals(
                    "heads of Phoo can't be told apart: its table doesn't say how they are grouped",
                    assertThrows(UserError.class, () -> heads.requireFits("phoo", phoo))
                            .getMessage());
            Prune weights = new Prune(Saliency.MAGNITUDE, half, Prune.Unit.WEIGHT, Prune.Site.ATTENTION, 0);
            weights.requireFits("phoo", phoo);
        }
    }
}
