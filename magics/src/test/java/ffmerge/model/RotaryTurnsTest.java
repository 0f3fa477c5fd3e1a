package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.architecture.LayerKind;
import ffmerge.data.TokenBatch;
import ffmerge.fixture.AdapterCase;
import ffmerge.fixture.Outputs;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.generate.GenerationSettings;
import ffmerge.generate.ScoreRules;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Rotary positions of all kinds turn as transformers'; resources/fused/rope.py made the values. */
class RotaryTurnsTest {
    private static final SmallCheckpoint LLAMA = new SmallCheckpoint("fused/rope");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    private static JsonNode all() throws Exception {
        return JSON.readTree(LLAMA.folder().resolveSibling("rope.json").toFile());
    }

    static List<String> cases() throws Exception {
        List<String> names = new ArrayList<>();
        all().fieldNames().forEachRemaining(names::add);
        return names;
    }

    private TransformerModel load(JsonNode keys) throws Exception {
        ObjectNode config =
                (ObjectNode) JSON.readTree(LLAMA.folder().resolve("config.json").toFile());
        config.setAll((ObjectNode) keys);
        Files.writeString(folder.resolve("config.json"), config.toString());
        Path weights = folder.resolve("model.safetensors");
        if (!Files.exists(weights)) {
            Files.copy(LLAMA.folder().resolve("model.safetensors"), weights);
        }
        return TransformerModel.load(folder, Device.cpu(), Progress.NONE);
    }

    private static TokenBatch batch(JsonNode row) {
        long[] ids = StreamSupport.stream(row.spliterator(), false)
                .mapToLong(JsonNode::asLong)
                .toArray();
        return new TokenBatch(ids, 1, ids.length, 1);
    }

    private static int[] tokens(JsonNode row) {
        return Arrays.stream(batch(row).ids()).mapToInt(id -> (int) id).toArray();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void eachPairTurnsAsFar(String name) throws Exception {
        JsonNode expected = all().get(name);
        try (TransformerModel model = load(expected.get("config"));
                NDManager scope = model.newScope()) {
            Rotary rotary = Rotary.of(model.architecture().settings(), new LayerKind(LayerKind.ALL, true), 12, scope);
            for (Map.Entry<String, JsonNode> table : expected.get("tables").properties()) {
                Map<String, NDArray> parts =
                        rotary.at(Integer.parseInt(table.getKey()), scope).parts(false);
                float[] right = AdapterCase.floats(table.getValue().get("frequencies"));
                float[] turns = parts.get("frequencies").toFloatArray();
                for (int i = 0; i < right.length; i++) {
                    assertEquals(right[i], turns[i], 3e-7 * right[i], name + " " + table.getKey() + " " + i);
                }
                double factor =
                        parts.containsKey("factor") ? parts.get("factor").getFloat() : 1;
                assertEquals(table.getValue().get("factor").asDouble(), factor, 1e-6);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theModelComputesTheSame(String name) throws Exception {
        JsonNode expected = all().get(name);
        try (TransformerModel model = load(expected.get("config"))) {
            float[] right = AdapterCase.floats(expected.get("logits"));
            float[] logits = Outputs.logits(model, batch(expected.get("ids").get(0)));
            assertArrayEquals(right, Arrays.copyOfRange(logits, logits.length - right.length, logits.length), 1e-4f);
        }
    }

    /** Of several prompts together, each goes on as alone, whatever is longer beside it. */
    @ParameterizedTest
    @MethodSource("cases")
    void textsGrowAcrossTheBorder(String name) throws Exception {
        JsonNode expected = all().get(name);
        try (TransformerModel model = load(expected.get("config"));
                NDManager scope = model.newScope()) {
            List<int[]> prompts = new ArrayList<>();
            List<int[]> right = new ArrayList<>();
            for (JsonNode text : expected.get("texts")) {
                prompts.add(tokens(text.get("prompt")));
                right.add(tokens(text.get("text")));
            }
            GenerationSettings greedy = new GenerationSettings(
                    1,
                    1 + right.get(0).length,
                    0,
                    1,
                    GenerationSettings.EarlyStopping.HEURISTIC,
                    -1,
                    List.of(30_000),
                    ScoreRules.NONE,
                    List.of());
            List<int[]> texts = ((TextGenerator) model).generate(prompts, greedy, scope);
            for (int i = 0; i < right.size(); i++) {
                assertArrayEquals(right.get(i), texts.get(i), name + " " + i);
            }
        }
    }

    @Test
    void dynamicPositionsReachAsFarAsTheFactor() throws Exception {
        try (TransformerModel model = load(all().get("dynamic").get("config"))) {
            LanguageModel language = (LanguageModel) model;
            assertEquals(16, language.context());
            assertEquals(40, language.longest());
            assertEquals(
                    "rows of 41 tokens are longer than the model's context of 40",
                    assertThrows(UserError.class, () -> Outputs.logits(model, Outputs.tokens(model, 1, 41, 1)))
                            .getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'su'} | rotary positions of the type 'su' are not supported; supported are default, dynamic,"
                        + " linear, llama3, longrope, yarn",
                "{'type':'yarn','factor':-1} | 'factor' should be a positive number, is -1.0",
                "{'type':'yarn','factor':2,'beta_fast':-3} | 'beta_fast' should be positive, is -3.0",
                "{'type':'longrope','short_factor':[1,2],'long_factor':[1,2]} | 'short_factor' should be a list of 6"
                        + " positive numbers, one for each pair of dimensions that turns, has 2",
                "{'type':'longrope','short_factor':[1,1,1,1,1,1]} | 'long_factor' should be a list of 6 positive numbers,"
                        + " one for each pair of dimensions that turns, is missing",
                "{'type':'longrope','short_factor':[1,1,1,1,1,1],'long_factor':[1,1,1,1,1,0]} | 'long_factor' should be a"
                        + " list of 6 positive numbers, one for each pair of dimensions that turns, has 6",
            })
    void whatCantBeMeantIsRefused(String rope, String says) throws Exception {
        ObjectNode keys = JSON.createObjectNode();
        keys.set("rope_scaling", JSON.readTree(rope.replace('\'', '"')));
        String message = assertThrows(UserError.class, () -> load(keys).close()).getMessage();
        assertEquals(folder.resolve("config.json") + ": rope_scaling: " + says, message);
    }
}
