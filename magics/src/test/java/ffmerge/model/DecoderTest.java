package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.LayerKind;
import ffmerge.architecture.ModelConfig;
import ffmerge.architecture.Settings;
import ffmerge.data.TokenBatch;
import ffmerge.fixture.Outputs;
import ffmerge.torch.Precision;
import ffmerge.torch.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What gated decoders show and refuse; that they agree with transformers is {@link TransformersAgreementTest}. */
class DecoderTest {
    private static final String LLAMA = """
            {"model_type":"llama","hidden_size":12,"intermediate_size":7,"num_hidden_layers":2,"num_attention_heads":3,
             "vocab_size":11,"max_position_embeddings":16%s}""";

    @TempDir
    private Path folder;

    private Architecture architecture(String more) throws Exception {
        Path config = folder.resolve("config.json");
        Files.writeString(config, LLAMA.formatted(more));
        return Architecture.of(ModelConfig.read(config));
    }

    private TransformerModel random(String more) throws Exception {
        return TransformerModel.random(architecture(more), Device.cpu(), 1);
    }

    private String refusal(String more) {
        String message =
                assertThrows(UserError.class, () -> random(more).close()).getMessage();
        return message.replace(folder.resolve("config.json").toString(), "config.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-shared-keys", "llama-old-hub", "llama3-positions", "mistral", "olmo", "olmo2"})
    void parametersAreThoseThatTransformersCounts(String name) throws Exception {
        Path stored = Path.of(DecoderTest.class.getResource("/gated/" + name).toURI());
        try (TransformerModel model = TransformerModel.load(stored, Device.cpu(), Progress.NONE)) {
            long expected = new ObjectMapper()
                    .readTree(stored.resolve("expected.json").toFile())
                    .get("parameters")
                    .asLong();
            assertEquals(expected, model.parameters().count());
            assertEquals(expected, model.parameters().uniqueCount());
        }
    }

    @Test
    void theProductIsTheActivatedGateTimesTheUnits() throws Exception {
        try (TransformerModel model = random("");
                NDManager scope = model.newScope()) {
            Map<Site, float[]> seen = new EnumMap<>(Site.class);
            Pass pass = Pass.inference(scope).watchedBy((site, stack, layer, values) -> {
                if (layer == 1) {
                    assertEquals("decoder", stack);
                    seen.put(site, values.toFloatArray());
                }
            });
            model.advance(model.embed(Outputs.tokens(model, 2, 5, 1), pass), 2, pass);
            float[] up = seen.get(Site.FEED_FORWARD_UNITS);
            float[] gate = seen.get(Site.FEED_FORWARD_GATE);
            assertEquals(2 * 5 * 7, up.length);
            float[] product = new float[up.length];
            for (int i = 0; i < product.length; i++) {
                product[i] = (float) (gate[i] / (1 + Math.exp(-gate[i])) * up[i]);
            }
            assertArrayEquals(product, seen.get(Site.FEED_FORWARD_PRODUCT), 1e-6f);
            assertEquals(2 * 5 * 12, seen.get(Site.FEED_FORWARD).length);
            assertEquals(2 * 5 * 12, seen.get(Site.ATTENTION).length);
            assertFalse(Arrays.equals(up, gate));
        }
    }

    @Test
    void whatComesLaterMakesNoDifference() throws Exception {
        try (TransformerModel model = random(",\"num_key_value_heads\":1")) {
            long[] ids = LongStream.range(0, 10).toArray();
            float[] whole = Outputs.logits(model, new TokenBatch(ids, 1, 10, 1));
            float[] start = Outputs.logits(model, new TokenBatch(Arrays.copyOf(ids, 6), 1, 6, 1));
            assertArrayEquals(start, Arrays.copyOf(whole, start.length), 1e-6f);
        }
    }

    /** Of a window of 3 in each of two layers, the last of 10 tokens knows 5: 3 of the states below, each of which knows 3. */
    @Test
    void whatIsBeforeAllWindowsMakesNoDifference() throws Exception {
        try (TransformerModel model =
                random(",\"model_type\":\"mistral\",\"sliding_window\":3,\"num_key_value_heads\":3")) {
            assertEquals(16, ((LanguageModel) model).context());
            long[] ids = LongStream.range(0, 10).toArray();
            float[] whole = Outputs.logits(model, new TokenBatch(ids.clone(), 1, 10, 1));
            ids[4] = 10;
            float[] before = Outputs.logits(model, new TokenBatch(ids.clone(), 1, 10, 1));
            ids[5] = 10;
            float[] within = Outputs.logits(model, new TokenBatch(ids.clone(), 1, 10, 1));
            int vocabulary = 11;
            float[] last = Arrays.copyOfRange(whole, 9 * vocabulary, 10 * vocabulary);
            assertArrayEquals(last, Arrays.copyOfRange(before, 9 * vocabulary, 10 * vocabulary), 1e-6f);
            assertFalse(Arrays.equals(last, Arrays.copyOfRange(within, 9 * vocabulary, 10 * vocabulary)));
        }
    }

    /** Of heads of 8 dimensions. */
    private static float[] frequencies(Settings settings, NDManager manager) {
        Rotary rotary = Rotary.of(settings, new LayerKind(LayerKind.ALL, true), 8, manager);
        return rotary.parts(false).get("frequencies").toFloatArray();
    }

    @Test
    void whereADimensionTurnsSlowlyLlama3SlowsItDown() throws Exception {
        String scaling = """
                ,"head_dim":8,"rope_theta":10000,"rope_scaling":{"rope_type":"llama3","factor":8,"low_freq_factor":1,
                "high_freq_factor":4,"original_max_position_embeddings":64}""";
        Settings settings = architecture(scaling).settings();
        Torch.start();
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), Torch.ENGINE)) {
            float[] turns = frequencies(settings, manager);
            // 1, 1/10, 1/100, 1/1000: wavelengths of 6.3 (kept), 63 (between), 628 and 6283 (slowed down)
            double fast = (64 * 0.1 / (2 * Math.PI) - 1) / 3;
            float[] expected = {1, (float) (0.1 * ((1 - fast) / 8 + fast)), 0.01f / 8, 0.001f / 8};
            assertArrayEquals(expected, turns, 1e-7f);
        }
    }

    /** transformers' _compute_dynamic_ntk_parameters: the base grows with a text beyond max_position_embeddings only. */
    @Test
    void withinTheContextDynamicPositionsAreTheUsualOnes() throws Exception {
        Torch.start();
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), Torch.ENGINE)) {
            String dynamic = ",\"rope_scaling\":{\"rope_type\":\"dynamic\",\"factor\":4}";
            float[] turns = frequencies(architecture(dynamic).settings(), manager);
            assertArrayEquals(new float[] {1, 0.1f, 0.01f, 0.001f}, turns, 1e-7f);
        }
        try (TransformerModel model = random(",\"rope_scaling\":{\"type\":\"dynamic\",\"factor\":4}")) {
            assertEquals(16, ((LanguageModel) model).context());
            Outputs.logits(model, Outputs.tokens(model, 1, 64, 1));
            assertThrows(UserError.class, () -> Outputs.logits(model, Outputs.tokens(model, 1, 65, 1)));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        ,"rope_scaling":{"type":"spiral","factor":2} | config.json: rope_scaling: rotary positions of the type 'spiral' are not supported; supported are default, dynamic, linear, llama3, longrope, yarn
        ,"rope_scaling":{"type":"longrope","factor":2}  | config.json: rope_scaling: 'short_factor' should be a list of 2 positive numbers, one for each pair of dimensions that turns, is missing
        ,"rope_scaling":{"type":"dynamic"}          | config.json: rope_scaling: 'factor' should be a positive number, is missing
        ,"rope_scaling":{"type":"linear"}           | config.json: rope_scaling: 'factor' should be a positive number, is missing
        ,"rope_scaling":{"type":"linear","factor":0} | config.json: rope_scaling: 'factor' should be a positive number, is 0.0
        ,"rope_scaling":3                           | config.json: 'rope_scaling' should be an object, is 3
        ,"rope_theta":-1                            | config.json: 'rope_theta' should be positive, is -1.0
        ,"partial_rotary_factor":0.5                | config.json: rotary positions for a part of a head (0.5) are not supported
        ,"head_dim":5                               | config.json: heads of an odd width, 5, can't have rotary positions, which turn dimensions in pairs
        ,"num_key_value_heads":2                    | config.json: 3 heads can't share the keys and values of 2
        ,"hidden_act":"mish"                        | config.json: the hidden_act 'mish' is not known; known are gelu, gelu_fast, gelu_new, gelu_pytorch_tanh, quick_gelu, relu, silu, swish, tanh
        ,"model_type":"mistral","layer_types":["full_attention","sliding_attention"] | config.json: a Mistral with 'layer_types' is what transformers takes for a Ministral, which is not supported; without that key all layers have the window
        ,"attention_dropout":1                      | config.json: 'attention_dropout' should be a probability below 1, is 1.0
        """)
    void whatIsNotKnownIsRefusedInOneLine(String more, String message) {
        assertEquals(message, refusal(more));
    }

    /** Gemma 3 and OLMo 3 turn layers of each kind by positions of their own. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        "rope_parameters":{"rope_type":"default","rope_theta":9} | config.json: rope_parameters: rotary positions should be given for each kind of layers, as {"sliding_attention": {…}}
        "rope_scaling":{"type":"linear","factor":2} | config.json: rope_scaling: 'type' should be called 'rope_type': transformers 5 doesn't heed it in this family, older versions did
        "rope_scaling":{"rope_type":"fancy","factor":2},"layer_types":["full_attention","full_attention"] | config.json: rope_scaling: rotary positions of the type 'fancy' are not supported; supported are default, dynamic, linear, llama3, longrope, yarn
        "rope_scaling":{"rope_type":"linear","factor":2},"rope_parameters":{"rope_theta":9} | config.json: 'rope_parameters' beside 'rope_scaling' should tell of each kind of layers, as {"sliding_attention": {…}}
        "use_bidirectional_attention":true | config.json: attention to what comes later, 'use_bidirectional_attention', is not supported
        "query_pre_attn_scalar":0 | config.json: 'query_pre_attn_scalar' should be positive, is 0.0
        "final_logit_softcapping":-1 | config.json: 'final_logit_softcapping' should be positive, is -1.0
        """)
    void whatGemmasConfigMayNotSayIsRefused(String more, String message) {
        assertEquals(
                message, refusal(",\"model_type\":\"gemma3_text\",\"num_key_value_heads\":3,\"head_dim\":4," + more));
    }

    /** As version 4 of transformers saves what 5 wrote: what stands apart is of the layers without a window. */
    @Test
    void positionsThatAreToldTwiceAreThoseOfBoth() throws Exception {
        String whole = "\"layer_types\":[\"sliding_attention\",\"full_attention\"]";
        String kinds = "{\"full_attention\":%s,\"sliding_attention\":{\"rope_theta\":50}}";
        String gemma = ",\"model_type\":\"gemma3_text\",\"num_key_value_heads\":3,\"head_dim\":4," + whole;
        String scaling = "{\"rope_type\":\"linear\",\"factor\":4,\"rope_theta\":70}";
        String once = gemma + ",\"rope_parameters\":" + kinds.formatted(scaling);
        String twice = gemma + ",\"rope_parameters\":" + kinds.formatted("{\"rope_theta\":70}")
                + ",\"rope_scaling\":{\"rope_type\":\"linear\",\"factor\":4}";
        try (TransformerModel expected = random(once);
                TransformerModel found = random(twice)) {
            assertArrayEquals(
                    Outputs.logits(expected, Outputs.tokens(expected, 1, 12, 1)),
                    Outputs.logits(found, Outputs.tokens(found, 1, 12, 1)));
        }
    }

    /** By whichever key, in whichever family, and without weights: they aren't read before. */
    @ParameterizedTest
    @ValueSource(strings = {"llama", "mistral", "olmo", "olmo2"})
    void unknownPositionsAreNamedBeforeWeightsAreRead(String family) throws Exception {
        for (String object : List.of("rope_scaling", "rope_parameters")) {
            for (String key : List.of("type", "rope_type")) {
                for (String type : List.of("spiral", "su", "proportional")) {
                    String message = loadRefusal(family, object, "{\"%s\":\"%s\",\"factor\":2}".formatted(key, type));
                    assertEquals(
                            "config.json: " + object + ": rotary positions of the type '" + type
                                    + "' are not supported; supported are default, dynamic, linear, llama3,"
                                    + " longrope, yarn",
                            message);
                }
            }
            assertEquals(
                    "config.json: " + object + ": rotary positions of their own for some layers ('full_attention') are"
                            + " not supported; those of all layers should be one",
                    loadRefusal(family, object, "{\"full_attention\":{\"rope_type\":\"yarn\",\"factor\":2}}"));
        }
    }

    private String loadRefusal(String family, String object, String positions) throws Exception {
        architecture(",\"model_type\":\"%s\",\"%s\":%s".formatted(family, object, positions));
        String message = assertThrows(UserError.class, () -> TransformerModel.load(folder, Device.cpu(), Progress.NONE))
                .getMessage();
        return message.replace(folder.resolve("config.json").toString(), "config.json");
    }

    @Test
    void clippingNeedsALimit() throws Exception {
        for (String clip : new String[] {"0", "-1"}) {
            String message = refusal(",\"model_type\":\"olmo\",\"clip_qkv\":" + clip);
            assertTrue(message.startsWith("config.json: 'clip_qkv' should be positive, is "), message);
        }
        try (TransformerModel model = random(",\"model_type\":\"olmo\",\"clip_qkv\":null")) {
            assertEquals(16, ((LanguageModel) model).context());
        }
    }

    @Test
    void dropoutIsOnInTrainingOnly() throws Exception {
        try (TransformerModel model = random(",\"attention_dropout\":0.9")) {
            TokenBatch batch = Outputs.tokens(model, 4, 12, 1);
            assertArrayEquals(Outputs.logits(model, batch), Outputs.logits(model, batch));
            double first = Outputs.gradients(model, batch, Precision.FLOAT32, 1).loss();
            assertTrue(first
                    != Outputs.gradients(model, batch, Precision.FLOAT32, 2).loss());
            assertEquals(
                    first,
                    Outputs.gradients(model, batch, Precision.FLOAT32, 1).loss(),
                    "dropout follows from its seed alone");
        }
    }
}
