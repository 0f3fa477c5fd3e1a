package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.data.TokenBatch;
import ffmerge.fixture.AdapterCase;
import ffmerge.fixture.Outputs;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.generate.GenerationSettings;
import ffmerge.generate.ScoreRules;
import ffmerge.torch.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Decoders whose files fuse tensors, and their relatives, compute what transformers does; fused/generate.py made the values. */
public class FusedFamiliesTest {
    @TempDir
    private Path folder;

    /** The checkpoints beside the script. */
    public static List<String> cases() {
        return List.of(
                "phi3",
                "phi3-long",
                "phi3-short",
                "phi3-part",
                "gpt-neox",
                "gpt-neox-serial",
                "gptj",
                "gptj-tied",
                "opt",
                "opt-350m",
                "opt-bare",
                "phi",
                "phi-normed",
                "falcon-7b",
                "falcon-40b",
                "falcon-11b",
                "falcon-serial");
    }

    private static SmallCheckpoint small(String name) {
        return new SmallCheckpoint("fused/" + name);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void logitsAndLossesAreThoseOfTransformers(String name) {
        JsonNode expected = small(name).expected();
        TokenBatch batch = (TokenBatch) small(name).batch();
        try (TransformerModel model = small(name).load(Precision.FLOAT32)) {
            assertArrayEquals(AdapterCase.floats(expected.get("logits")), Outputs.logits(model, batch), 1e-4f, name);
            assertArrayEquals(
                    AdapterCase.floats(expected.get("tokenLosses")), Outputs.tokenLosses(model, batch), 1e-4f);
            assertEquals(expected.get("loss").asDouble(), loss(model, batch), 1e-4);
            assertEquals(expected.get("parameters").asLong(), model.parameters().uniqueCount());
        }
    }

    private static double loss(TransformerModel model, TokenBatch batch) {
        try (NDManager scope = model.newScope()) {
            return model.loss(batch, Pass.inference(scope)).getFloat();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void textsGoOnTokenForToken(String name) throws Exception {
        try (TransformerModel model = small(name).load(Precision.FLOAT32);
                NDManager scope = model.newScope()) {
            List<int[]> prompts = new ArrayList<>();
            List<int[]> right = new ArrayList<>();
            for (JsonNode text : small(name).expected().get("texts")) {
                prompts.add(new ObjectMapper().treeToValue(text.get("prompt"), int[].class));
                right.add(new ObjectMapper().treeToValue(text.get("text"), int[].class));
            }
            int longest = right.stream().mapToInt(text -> text.length).max().orElseThrow();
            GenerationSettings greedy = new GenerationSettings(
                    1,
                    1 + longest,
                    prompts.stream().mapToInt(prompt -> prompt.length).max().orElseThrow() + right.get(1).length,
                    1,
                    GenerationSettings.EarlyStopping.HEURISTIC,
                    -1,
                    List.of(30_000),
                    ScoreRules.NONE,
                    List.of());
            List<int[]> texts = ((TextGenerator) model).generate(prompts, greedy, scope);
            for (int i = 0; i < right.size(); i++) {
                int shown = right.get(i).length;
                assertArrayEquals(right.get(i), Arrays.copyOf(texts.get(i), shown), name + " " + i);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "falcon-rw | {} | positions by attention's biases ('alibi' is true) are not supported",
                "falcon-40b | {'parallel_attn':false} | 'parallel_attn' can't be false where 'new_decoder_architecture' is"
                        + " true",
                "falcon-40b | {'num_ln_in_parallel_attn':3} | 'num_ln_in_parallel_attn' can only be 1 or 2",
                "falcon-7b | {'num_ln_in_parallel_attn':2} | 'num_ln_in_parallel_attn' can't be 2 where"
                        + " 'new_decoder_architecture' is false",
                "gptj | {'rotary_dim':null} | 'rotary_dim' is null, by which transformers turns more dimensions than a head"
                        + " has: write how many they are",
                "gptj | {'rotary_dim':10} | rotary positions can't turn 10 of a head's 8 dimensions",
                "opt-350m | {'layer_norm_elementwise_affine':false} | norms behind the sublayers ('do_layer_norm_before' is"
                        + " false) that have learned nothing ('layer_norm_elementwise_affine' is false) are not supported",
            })
    void whatCantBeOrIsntDoneIsRefused(String name, String keys, String says) throws Exception {
        ObjectMapper json = new ObjectMapper();
        ObjectNode config = (ObjectNode)
                json.readTree(small(name).folder().resolve("config.json").toFile());
        config.setAll((ObjectNode) json.readTree(keys.replace('\'', '"')));
        Files.writeString(folder.resolve("config.json"), config.toString());
        Files.copy(small(name).folder().resolve("model.safetensors"), folder.resolve("model.safetensors"));
        String message = assertThrows(
                        UserError.class,
                        () -> TransformerModel.load(folder, Device.cpu(), Progress.NONE)
                                .close())
                .getMessage();
        assertEquals(folder.resolve("config.json") + ": " + says, message);
    }
}
