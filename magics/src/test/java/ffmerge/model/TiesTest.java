package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Progress;
import ffmerge.data.Batch;
import ffmerge.data.SentencePair;
import ffmerge.data.TokenBatch;
import ffmerge.data.TranslationBatch;
import ffmerge.fixture.AdapterCase;
import ffmerge.fixture.SmallCheckpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a file holds counts, not what its config says of ties; ties/generate.py made what is compared with. */
class TiesTest {
    @TempDir
    private Path folder;

    private static JsonNode expected(String name) throws Exception {
        Path file = new SmallCheckpoint("ties").folder().resolve("expected.json");
        return new ObjectMapper().readTree(file.toFile()).get(name);
    }

    private static TransformerModel load(Path from) {
        return TransformerModel.load(from, Device.cpu(), Progress.NONE);
    }

    /** The inputs of generate.py; a decoder's targets follow its start token. */
    private static Batch batch(TransformerModel model) {
        if (model instanceof EncoderDecoder) {
            int[] source = {1, 2, 3, 4, 5, 6, 7};
            return new TranslationBatch(List.of(new SentencePair(0, "", "", source, new int[] {3, 4, 5, 6})));
        }
        return new TokenBatch(LongStream.range(1, 8).toArray(), 1, 7, 1);
    }

    private static float[] logits(TransformerModel model) {
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope);
            HiddenStates last = model.advance(model.embed(batch(model), pass), model.layers(), pass);
            return (model instanceof EncoderDecoder marian
                            ? marian.logits(last, pass)
                            : ((LanguageModel) model).logits(last, pass))
                    .toFloatArray();
        }
    }

    private static void assertComputes(JsonNode expected, TransformerModel model) {
        assertArrayEquals(AdapterCase.floats(expected.get("logits")), logits(model), 1e-4f);
        assertEquals(expected.get("parameters").asLong(), model.parameters().uniqueCount());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama-own-head",
                "llama-head-alone",
                "llama-twice",
                "gpt2-own-head",
                "gpt2-head-alone",
                "marian-own-head",
                "marian-own-encoder",
                "marian-own-decoder",
                "marian-own-positions",
                "marian-head-alone",
                "marian-decoder-alone"
            })
    void whatTheFileHoldsIsUsed(String name) throws Exception {
        Path stored = new SmallCheckpoint("ties/" + name).folder();
        try (TransformerModel model = load(stored);
                TransformerModel copy = model.copy();
                TransformerModel nf4 = model.quantized(WeightForms.of("nf4"))) {
            assertComputes(expected(name), model);
            assertComputes(expected(name), copy);
            assertEquals(model.parameters().uniqueCount(), nf4.parameters().uniqueCount());
        }
    }

    @Test
    void aHeadOfItsOwnIsSaidInTheConfigThatIsSaved() throws Exception {
        try (TransformerModel own = load(new SmallCheckpoint("ties/llama-own-head").folder());
                TransformerModel tied = load(new SmallCheckpoint("ties/llama-twice").folder())) {
            assertFalse(own.architecture().config().flag("tie_word_embeddings", true));
            assertEquals(true, tied.architecture().config().flag("tie_word_embeddings", false));
            assertFalse(own.architecture().withLayers("decoder", 2).tensors().stream()
                    .noneMatch(t -> t.name().equals("lm_head.weight")));
        }
    }

    @Test
    void aTiedNameThatAnIndexListsAndNoShardHoldsIsNoFault() throws Exception {
        Path stored = new SmallCheckpoint("ties/llama-twice").folder();
        Files.copy(stored.resolve("config.json"), folder.resolve("config.json"));
        Path alone = new SmallCheckpoint("ties/llama-head-alone").folder();
        Files.copy(alone.resolve("model.safetensors"), folder.resolve("model-1.safetensors"));
        StringBuilder names = new StringBuilder("\"model.embed_tokens.weight\":\"model-1.safetensors\"");
        try (TransformerModel model = load(alone)) {
            model.architecture().tensors().stream()
                    .map(t -> t.name().replace("model.embed_tokens", "lm_head"))
                    .forEach(name -> names.append(",\"" + name + "\":\"model-1.safetensors\""));
        }
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\":{" + names + "}}");
        try (TransformerModel model = load(folder)) {
            assertComputes(expected("llama-head-alone"), model);
        }
    }
}
