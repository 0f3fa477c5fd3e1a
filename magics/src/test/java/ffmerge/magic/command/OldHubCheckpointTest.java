package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Expected;
import ffmerge.StateFolder;
import ffmerge.data.DemoHome;
import ffmerge.fixture.HubServer;
import ffmerge.fixture.SafetensorsBytes;
import ffmerge.fixture.TorchZip;
import ffmerge.hub.Hub;
import ffmerge.hub.HubSettings;
import ffmerge.result.EvalResult;
import ffmerge.result.Result;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The demo models in the dress of the hub's old checkpoints of the same families, fetched by the ids that the paper names:
 * they evaluate to the demo's own values.
 */
class OldHubCheckpointTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A tensor as it lies in the demo's safetensors file. */
    private record Stored(String dtype, long[] shape, byte[] bytes) {}

    @TempDir
    private Path folder;

    private HubServer server;
    private Session session;
    private final Notes host = new Notes();

    @BeforeEach
    void startServer() {
        server = new HubServer(0);
        HubSettings settings = new HubSettings(
                server.endpoint(),
                folder.resolve("cache"),
                Optional.empty(),
                false,
                Duration.ofSeconds(5),
                Duration.ofMillis(5));
        session = new Session(
                new DemoHome(Expected.home()), new StateFolder(folder.resolve("state")), () -> new Hub(settings));
    }

    @AfterEach
    void close() {
        session.close();
        server.close();
    }

    private Result run(String line) {
        return host.run(line, session);
    }

    private void assertEvaluatesAsTheDemo(String id, String demo, String options) {
        run("load " + id + " --as old");
        run("load " + demo + " --as demo");
        EvalResult old = (EvalResult) run("eval old " + options);
        EvalResult own = (EvalResult) run("eval demo " + options);
        assertEquals(own.value(), old.value());
        assertEquals(own.examples(), old.examples());
    }

    private static Path demo(String name) {
        return Expected.home().resolve("models").resolve(name);
    }

    private static Map<String, Stored> tensors(String demo) throws IOException {
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(demo(demo).resolve("model.safetensors")))
                .order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = new byte[(int) file.getLong()];
        file.get(header);
        int data = file.position();
        Map<String, Stored> tensors = new LinkedHashMap<>();
        JsonNode json = JSON.readTree(header);
        json.properties().forEach(e -> {
            if (!e.getKey().equals("__metadata__")) {
                JsonNode of = e.getValue();
                int from = data + of.path("data_offsets").get(0).asInt();
                int to = data + of.path("data_offsets").get(1).asInt();
                List<Long> shape = new ArrayList<>();
                of.path("shape").forEach(n -> shape.add(n.asLong()));
                tensors.put(
                        e.getKey(),
                        new Stored(
                                of.path("dtype").asText(),
                                shape.stream().mapToLong(n -> n).toArray(),
                                Arrays.copyOfRange(file.array(), from, to)));
            }
        });
        return tensors;
    }

    private static byte[] config(String demo, Map<String, ?> changed, String... removed) throws IOException {
        ObjectNode config =
                (ObjectNode) JSON.readTree(Files.readAllBytes(demo(demo).resolve("config.json")));
        for (String key : removed) {
            config.remove(key);
        }
        config.remove(List.of("dtype", "transformers_version"));
        changed.forEach((key, value) -> config.set(key, JSON.valueToTree(value)));
        return JSON.writeValueAsBytes(config);
    }

    private static void add(HubServer.Repo repo, String demo, String... files) throws IOException {
        for (String file : files) {
            repo.file(file, Files.readAllBytes(demo(demo).resolve(file)));
        }
    }

    /** {@code gpt2-large}: an id without a slash, names without a prefix, masks of the attention, a config with gaps. */
    @Test
    void gpt2() throws IOException {
        SafetensorsBytes weights = new SafetensorsBytes();
        tensors("gpt2-novels")
                .forEach((name, t) ->
                        weights.tensor(name.replaceFirst("^transformer\\.", ""), t.dtype, t.shape, t.bytes));
        for (int layer = 0; layer < 12; layer++) {
            weights.tensor("h." + layer + ".attn.bias", "U8", new long[] {1, 1, 256, 256}, new byte[256 * 256]);
            weights.f32("h." + layer + ".attn.masked_bias", new long[] {}, -1e4f);
        }
        HubServer.Repo repo = server.model("gpt2-large", new HubServer.Repo());
        repo.file("model.safetensors", weights.bytes());
        repo.file("pytorch_model.bin", "the same, which is not fetched".repeat(10));
        repo.file(
                "config.json",
                config(
                        "gpt2-novels",
                        Map.of(
                                "n_ctx",
                                256,
                                "architectures",
                                List.of("GPT2LMHeadModel"),
                                "task_specific_params",
                                Map.of("text-generation", Map.of("do_sample", true, "max_length", 50))),
                        "n_inner",
                        "tie_word_embeddings",
                        "reorder_and_upcast_attn",
                        "scale_attn_by_inverse_layer_idx",
                        "scale_attn_weights",
                        "use_cache",
                        "add_cross_attention",
                        "pad_token_id"));
        add(repo, "gpt2-novels", "tokenizer.json", "vocab.json", "merges.txt");
        server.repos.put("models/openai-community/gpt2", repo);
        assertEvaluatesAsTheDemo("gpt2-large", "gpt2-novels", "--limit 10");
        assertEvaluatesAsTheDemo("openai-community/gpt2", "gpt2-novels", "--limit 10");
    }

    /** {@code google/vit-base-patch16-224}: a pooler, and a preprocessor_config whose size is one number. */
    @Test
    void vit() throws IOException {
        SafetensorsBytes weights = new SafetensorsBytes();
        tensors("vit-digits").forEach((name, t) -> weights.tensor(name, t.dtype, t.shape, t.bytes));
        weights.tensor("vit.pooler.dense.weight", "F16", new long[] {96, 96}, new byte[96 * 96 * 2]);
        weights.tensor("vit.pooler.dense.bias", "F16", new long[] {96}, new byte[96 * 2]);
        HubServer.Repo repo = server.model("google/vit-base-patch16-224", new HubServer.Repo());
        repo.file("model.safetensors", weights.bytes());
        repo.file(
                "config.json",
                config(
                        "vit-digits",
                        Map.of(),
                        "qkv_bias",
                        "encoder_stride",
                        "problem_type",
                        "pooler_act",
                        "pooler_output_size"));
        repo.file(
                "preprocessor_config.json",
                "{\"do_normalize\": true, \"do_resize\": true, \"image_mean\": [0.5], \"image_std\": [0.5], \"size\": 28}");
        assertEvaluatesAsTheDemo("google/vit-base-patch16-224", "vit-digits", "--limit 300");
    }

    /**
     * {@code Helsinki-NLP/opus-mt-zh-en}: weights as a pickle in float16, with copies of the embeddings and the positions,
     * and how to translate in the config.
     */
    @Test
    void opusMt() throws IOException {
        Map<String, Stored> tensors = tensors("opus-mt-tatoeba-zh-en");
        Stored shared = tensors.get("model.shared.weight");
        for (String copy :
                List.of("model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight", "lm_head.weight")) {
            tensors.put(copy, shared);
        }
        for (String stack : List.of("encoder", "decoder")) {
            tensors.put("model." + stack + ".embed_positions.weight", sinusoids(128, 96));
        }
        HubServer.Repo repo = server.model("Helsinki-NLP/opus-mt-zh-en", new HubServer.Repo());
        repo.file("pytorch_model.bin", pickled(tensors));
        repo.file("rust_model.ot", "never fetched".repeat(20));
        repo.file("tf_model.h5", "never fetched".repeat(20));
        repo.file(
                "config.json",
                config(
                        "opus-mt-tatoeba-zh-en",
                        Map.of(
                                "num_beams",
                                4,
                                "max_length",
                                64,
                                "bad_words_ids",
                                List.of(List.of(4935)),
                                "normalize_before",
                                false,
                                "normalize_embedding",
                                false,
                                "add_final_layer_norm",
                                false,
                                "num_hidden_layers",
                                6,
                                "add_bias_logits",
                                false),
                        "share_encoder_decoder_embeddings",
                        "tie_word_embeddings",
                        "decoder_vocab_size",
                        "forced_eos_token_id",
                        "is_decoder"));
        repo.file("tokenizer_config.json", "{\"target_lang\": \"eng\", \"source_lang\": \"zho\"}");
        add(repo, "opus-mt-tatoeba-zh-en", "source.spm", "target.spm", "vocab.json");
        assertEvaluatesAsTheDemo("Helsinki-NLP/opus-mt-zh-en", "opus-mt-tatoeba-zh-en", "--limit 30");
    }

    /** As Marian numbers positions: sines in the first half of a row, cosines in the second. */
    private static Stored sinusoids(int positions, int width) {
        ByteBuffer bytes = ByteBuffer.allocate(positions * width * 2).order(ByteOrder.LITTLE_ENDIAN);
        for (int p = 0; p < positions; p++) {
            for (int j = 0; j < width; j++) {
                double angle = p / Math.pow(10000, 2.0 * (j % (width / 2)) / width);
                bytes.putShort(half(j < width / 2 ? Math.sin(angle) : Math.cos(angle)));
            }
        }
        return new Stored("F16", new long[] {positions, width}, bytes.array());
    }

    /** The nearest float16 of a number between -1 and 1. */
    private static short half(double value) {
        int sign = value < 0 ? 0x8000 : 0;
        double size = Math.abs(value);
        int exponent = Math.max(-14, size == 0 ? -14 : Math.getExponent(size));
        long steps = Math.round(Math.scalb(size, 10 - exponent)); // 1024 to 2048 where the number is normal
        long bits = ((long) (exponent + 14) << 10) + steps;
        return (short) (sign | bits);
    }

    /** As torch.save writes a state dict; tensors of the same bytes share a storage. */
    private static byte[] pickled(Map<String, Stored> tensors) {
        TorchZip zip = new TorchZip();
        List<Object> pickle = new ArrayList<>(List.of("ccollections\nOrderedDict\n)R("));
        Map<byte[], String> keys = new IdentityHashMap<>();
        tensors.forEach((name, t) -> {
            String key = keys.computeIfAbsent(t.bytes, b -> String.valueOf(keys.size()));
            pickle.add(TorchZip.text(name));
            pickle.add("ctorch._utils\n_rebuild_tensor_v2\n((");
            pickle.add(TorchZip.text("storage"));
            pickle.add("ctorch\nHalfStorage\n");
            pickle.add(TorchZip.text(key));
            pickle.add(TorchZip.text("cpu"));
            pickle.add(TorchZip.number(t.bytes.length / 2));
            pickle.add("tQ");
            pickle.add(TorchZip.number(0));
            pickle.add(TorchZip.tuple(t.shape));
            pickle.add(TorchZip.tuple(strides(t.shape)));
            pickle.add(0x89);
            pickle.add("ccollections\nOrderedDict\n)RtR");
        });
        pickle.add("u.");
        zip.part("archive/data.pkl", TorchZip.pickleOf(pickle.toArray()));
        keys.forEach((bytes, key) -> zip.part("archive/data/" + key, bytes));
        return zip.part("archive/version", "3\n".getBytes(StandardCharsets.US_ASCII))
                .bytes();
    }

    private static long[] strides(long[] shape) {
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= shape[i];
        }
        return strides;
    }
}
