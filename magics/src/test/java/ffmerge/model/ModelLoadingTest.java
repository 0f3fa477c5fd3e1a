package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.data.TokenBatch;
import ffmerge.fixture.Outputs;
import ffmerge.fixture.SafetensorsBytes;
import ffmerge.fixture.TinyGpt2;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelLoadingTest {
    @TempDir
    private Path folder;

    private Path weights() {
        return folder.resolve("model.safetensors");
    }

    private static TransformerModel load(Path folder) {
        return TransformerModel.load(folder, Device.cpu(), Progress.NONE);
    }

    private String refusal() {
        return assertThrows(UserError.class, () -> load(folder).close()).getMessage();
    }

    private void assertSameLogits(Path one, Path other) {
        try (TransformerModel a = load(one);
                TransformerModel b = load(other)) {
            TokenBatch batch = Outputs.tokens(a, 2, 7, 1);
            assertArrayEquals(Outputs.logits(a, batch), Outputs.logits(b, batch));
        }
    }

    @Test
    void eitherSpellingOfTheNamesIsTheSameModel() {
        Path prefixed = new TinyGpt2(2).writeTo(folder.resolve("prefixed"));
        Path old = new TinyGpt2(2).asOldHubFile().writeTo(folder.resolve("old"));
        assertSameLogits(prefixed, old);
        try (TransformerModel model = load(old)) {
            assertTrue(model.parameters().unique().containsKey("transformer.h.1.mlp.c_fc.weight"));
            assertEquals(4 + 2 * 12, model.parameters().unique().size(), "masks are no parameters");
        }
    }

    @ParameterizedTest
    @CsvSource({"gelu_new, gelu_pytorch_tanh", "silu, swish"})
    void anActivationHasTwoNames(String one, String other) {
        assertSameLogits(
                new TinyGpt2(2).config("activation_function", one).writeTo(folder.resolve("a")),
                new TinyGpt2(2).config("activation_function", other).writeTo(folder.resolve("b")));
    }

    @Test
    void aHeadInTheFileIsUsedThoughTheConfigSaysThatItIsTied() {
        new TinyGpt2(1).writeTo(folder);
        new TinyGpt2(1)
                .weights()
                .f32("lm_head.weight", new long[] {29, 12}, new float[29 * 12])
                .writeTo(weights());
        try (TransformerModel model = load(folder)) {
            float[] logits = Outputs.logits(model, Outputs.tokens(model, 2, 7, 1));
            assertArrayEquals(new float[logits.length], logits, "a head of zeros");
        }
    }

    @Test
    void aTieInTheFileIsOneParameterInMemory() {
        TinyGpt2 untied = new TinyGpt2(1).config("tie_word_embeddings", false);
        untied.writeTo(folder);
        new TinyGpt2(1)
                .weights()
                .metadata("lm_head.weight", "transformer.wte.weight")
                .writeTo(weights());
        try (TransformerModel model = load(folder)) {
            assertEquals(
                    29 * 12, model.parameters().count() - model.parameters().uniqueCount());
            assertEquals(
                    Map.of("lm_head.weight", "transformer.wte.weight"),
                    model.parameters().ties().keptByAlias());
        }
    }

    @Test
    void progressCountsTheParametersThatAreRead() {
        new TinyGpt2(2).writeTo(folder);
        List<Long> seen = new ArrayList<>();
        long[] total = {0};
        Progress progress = (label, all, unit) -> {
            total[0] = all;
            return seen::add;
        };
        try (TransformerModel model = TransformerModel.load(folder, Device.cpu(), progress)) {
            assertEquals(model.parameters().uniqueCount(), total[0]);
            assertEquals(total[0], seen.get(seen.size() - 1));
            assertEquals(4 + 2 * 12, seen.size());
        }
    }

    @Test
    void anInterruptStopsLoading() {
        new TinyGpt2(2).writeTo(folder);
        Progress interrupting =
                (label, all, unit) -> done -> Thread.currentThread().interrupt();
        assertThrows(CancellationException.class, () -> TransformerModel.load(folder, Device.cpu(), interrupting));
        assertFalse(Thread.interrupted());
    }

    @Test
    void aFolderThatIsNotThere() {
        Path missing = folder.resolve("missing");
        assertEquals(
                "there is no folder " + missing,
                assertThrows(UserError.class, () -> load(missing)).getMessage());
    }

    @Test
    void aFolderWithoutConfig() throws IOException {
        new TinyGpt2(1).writeTo(folder);
        Files.delete(folder.resolve("config.json"));
        assertEquals(
                "there is no " + folder.resolve("config.json") + ": a model is a folder in Hugging Face layout",
                refusal());
    }

    @Test
    void aFolderWithoutWeights() throws IOException {
        new TinyGpt2(1).writeTo(folder);
        Files.delete(weights());
        assertEquals(folder + " holds no model.safetensors, no pytorch_model.bin, and no index of either", refusal());
    }

    @Test
    void tensorsThatAreMissingAreNamed() {
        new TinyGpt2(2).writeTo(folder);
        new TinyGpt2(1).weights().writeTo(weights());
        assertEquals(
                weights() + " lacks 12 of the 28 tensors of this GPT-2: transformer.h.1.ln_1.weight,"
                        + " transformer.h.1.ln_1.bias, transformer.h.1.attn.c_attn.weight, …",
                refusal());
    }

    @Test
    void tensorsUnderNamesThatNoOneKnowsAreNamedToo() {
        new TinyGpt2(1).writeTo(folder);
        SafetensorsBytes.write(
                weights(),
                new String(new TinyGpt2(1).weights().bytes(), StandardCharsets.ISO_8859_1)
                        .replace("transformer.ln_f.", "transformer.ln_g.")
                        .getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(
                weights() + " lacks 2 of the 16 tensors of this GPT-2: transformer.ln_f.weight, transformer.ln_f.bias;"
                        + " it holds others: transformer.ln_g.weight, transformer.ln_g.bias",
                refusal());
    }

    @Test
    void aHeadThatTheConfigAsksForIsMissed() {
        new TinyGpt2(1).config("tie_word_embeddings", false).writeTo(folder);
        new TinyGpt2(1).weights().writeTo(weights());
        assertEquals(weights() + " lacks 1 of the 17 tensors of this GPT-2: lm_head.weight", refusal());
    }

    @Test
    void aTensorOfAnotherShapeIsNamed() {
        new TinyGpt2(1).vocabulary(30).writeTo(folder);
        new TinyGpt2(1).vocabulary(29).asOldHubFile().weights().writeTo(weights());
        assertEquals(
                weights() + ": tensor 'wte.weight' has the shape [29, 12], config.json asks for [30, 12]", refusal());
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void weightsThatAreNoNumbersAreNamed(float bad) {
        new TinyGpt2(1).writeTo(folder);
        byte[] bytes = new TinyGpt2(1).weights().bytes();
        ByteBuffer end = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        end.putFloat(bytes.length - 4, bad).putFloat(bytes.length - 12, bad); // in the last tensor, ln_f.bias
        SafetensorsBytes.write(weights(), bytes);
        assertEquals(weights() + ": tensor 'transformer.ln_f.bias' holds 2 values that are NaN or infinite", refusal());
    }

    @Test
    void weightsWhoseSumOverflowsAreStillNumbers() {
        new TinyGpt2(1).writeTo(folder);
        byte[] bytes = new TinyGpt2(1).weights().bytes();
        ByteBuffer end = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        end.putFloat(bytes.length - 4, Float.MAX_VALUE).putFloat(bytes.length - 12, Float.MAX_VALUE);
        SafetensorsBytes.write(weights(), bytes);
        load(folder).close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "activation_function | mish | the activation_function 'mish' is not known; known are gelu, gelu_fast, gelu_new, gelu_pytorch_tanh, quick_gelu, relu, silu, swish, tanh",
                "n_head | 5 | n_embd 12 does not divide into 5 heads",
                "n_head | 0 | 'n_head' should be a positive whole number, is 0",
                "layer_norm_epsilon | tiny | 'layer_norm_epsilon' should be a number, is \"tiny\"",
                "scale_attn_weights | maybe | 'scale_attn_weights' should be true or false, is \"maybe\"",
                "attn_pdrop | 1 | 'attn_pdrop' should be a probability below 1, is 1.0",
                "resid_pdrop | -1 | 'resid_pdrop' should be a probability below 1, is -1.0",
            })
    void aSettingThatCannotBeIsNamed(String key, String value, String message) {
        Object json = value.matches("-?\\d+") ? (Object) Integer.valueOf(value) : value;
        new TinyGpt2(1).config(key, json).writeTo(folder);
        String shown = refusal().replace(folder.resolve("config.json").toString(), "config.json");
        assertEquals("config.json: " + message, shown);
    }

    @ParameterizedTest
    @CsvSource({"scale_attn_weights, false", "scale_attn_by_inverse_layer_idx, true"})
    void attentionScaledInAnotherWayIsNotSilentlyScaledInOurs(String key, boolean value) {
        new TinyGpt2(1).config(key, value).writeTo(folder);
        assertEquals(
                folder.resolve("config.json") + ": attention that is unscaled or scaled by layer is not supported",
                refusal());
    }

    @Test
    void aRowLongerThanTheContextIsRefused() {
        new TinyGpt2(1).context(5).writeTo(folder);
        try (TransformerModel model = load(folder)) {
            UserError error =
                    assertThrows(UserError.class, () -> Outputs.logits(model, Outputs.tokens(model, 1, 6, 1)));
            assertEquals("rows of 6 tokens are longer than the model's context of 5", error.getMessage());
        }
    }

    @Test
    void aTokenThatTheModelDoesNotKnowIsRefused() {
        new TinyGpt2(1).writeTo(folder);
        try (TransformerModel model = load(folder)) {
            TokenBatch batch = new TokenBatch(new long[] {0, 28, 29}, 1, 3, 1);
            UserError error = assertThrows(UserError.class, () -> Outputs.logits(model, batch));
            assertEquals(
                    "the text holds token 29, the model knows tokens 0 to 28: is its tokenizer another model's?",
                    error.getMessage());
        }
    }
}
