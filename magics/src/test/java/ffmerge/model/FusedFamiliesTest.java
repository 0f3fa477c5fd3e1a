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
import ffmerge.architecture.Architecture;
import ffmerge.architecture.AttentionHeads;
import ffmerge.architecture.AttentionTensor;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.EditedCheckpoint.Content;
import ffmerge.checkpoint.TensorSpec;
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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
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
                "gpt-neox-yarn",
                "gptj",
                "gptj-tied",
                "opt",
                "opt-350m",
                "opt-bare",
                "phi",
                "phi-normed",
                "phi-dynamic",
                "falcon-7b",
                "falcon-40b",
                "falcon-11b",
                "falcon-serial",
                "falcon-rw");
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
        try (TransformerModel model = small(name).load(Precision.FLOAT32)) {
            assertTexts(name, model, 1, "text");
            assertTexts(name, model, 3, "beams");
        }
    }

    private static void assertTexts(String name, TransformerModel model, int beams, String right) throws Exception {
        ObjectMapper json = new ObjectMapper();
        for (JsonNode expected : small(name).expected().get("texts")) {
            int[] text = json.treeToValue(expected.get(right), int[].class);
            GenerationSettings settings = new GenerationSettings(
                    beams,
                    1 + text.length,
                    0,
                    1,
                    GenerationSettings.EarlyStopping.HEURISTIC,
                    -1,
                    List.of(30_000),
                    ScoreRules.NONE,
                    List.of());
            int[] prompt = json.treeToValue(expected.get("prompt"), int[].class);
            try (NDManager scope = model.newScope()) {
                List<int[]> texts = ((TextGenerator) model).generate(List.of(prompt), settings, scope);
                assertArrayEquals(text, texts.get(0), name + " " + prompt.length + " " + beams);
            }
        }
    }

    /** Rows of other lengths beside it, a text is what it is alone; equally long ones go together. */
    @Test
    void textsThatGrowAcrossTheBorderDontDependOnEachOther() throws Exception {
        ObjectMapper json = new ObjectMapper();
        List<int[]> prompts = new ArrayList<>();
        for (JsonNode text : small("phi3-long").expected().get("texts")) {
            prompts.add(json.treeToValue(text.get("prompt"), int[].class));
        }
        prompts.add(new int[] {7, 9, 11, 13, 15});
        GenerationSettings settings = new GenerationSettings(
                2,
                15,
                0,
                1,
                GenerationSettings.EarlyStopping.HEURISTIC,
                -1,
                List.of(30_000),
                ScoreRules.NONE,
                List.of());
        try (TransformerModel model = small("phi3-long").load(Precision.FLOAT32);
                NDManager scope = model.newScope()) {
            TextGenerator generator = (TextGenerator) model;
            List<int[]> together = generator.generate(prompts, settings, scope);
            for (int i = 0; i < prompts.size(); i++) {
                int[] alone = generator
                        .generate(List.of(prompts.get(i)), settings, scope)
                        .get(0);
                assertArrayEquals(alone, together.get(i), "prompt " + i);
            }
        }
    }

    /** What has units or heads along an axis is put in another order, all of it in the same one. */
    @ParameterizedTest
    @MethodSource("cases")
    void anotherOrderOfUnitsAndHeadsChangesNothing(String name) {
        TokenBatch batch = (TokenBatch) small(name).batch();
        try (TransformerModel model = small(name).load(Precision.FLOAT32)) {
            Architecture architecture = model.architecture();
            Checkpoint checkpoint = model.checkpoint();
            Map<String, float[]> moved = new HashMap<>();
            FeedForwardSublayer sublayer = architecture.feedForward("decoder", 1);
            int[] units = turned(sublayer.width());
            for (FeedForwardTensor tensor : sublayer.tensors()) {
                int axis = tensor.axes().indexOf(FeedForwardTensor.HIDDEN);
                if (axis >= 0) {
                    moved.put(tensor.name(), reordered(checkpoint.read(tensor.name()), tensor.shape(), axis, units));
                }
            }
            AttentionHeads heads = architecture.heads("decoder");
            // biases of scores are each head's own
            int[] groups = name.equals("falcon-rw")
                    ? IntStream.range(0, heads.groups()).toArray()
                    : turned(heads.groups());
            for (AttentionTensor tensor : architecture.attention("decoder", 1)) {
                ModelTensor of = tensor.tensor();
                int size = Math.toIntExact(of.shape().get(tensor.axis()));
                moved.put(
                        of.name(),
                        reordered(
                                checkpoint.read(of.name()),
                                of.shape(),
                                tensor.axis(),
                                heads.elements(of.role(), size, groups)));
            }
            Map<String, Content> contents = new LinkedHashMap<>();
            Map<String, TensorSpec> specs = new HashMap<>();
            for (ModelTensor tensor : architecture.tensors()) {
                specs.put(tensor.name(), tensor.spec(DType.F32));
                float[] values = moved.get(tensor.name());
                contents.put(
                        tensor.name(),
                        values == null ? new Content.Original(tensor.name()) : new Content.Values(values));
            }
            try (TransformerModel other =
                    model.edited(new EditedCheckpoint(checkpoint, contents, specs), architecture)) {
                assertArrayEquals(Outputs.logits(model, batch), Outputs.logits(other, batch), 1e-4f);
            }
        }
    }

    private static int[] turned(int size) {
        int[] order = new int[size];
        Arrays.setAll(order, i -> (i + 1) % size);
        return order;
    }

    private static float[] reordered(float[] values, List<Long> shape, int axis, int[] order) {
        int inner = 1;
        for (int i = axis + 1; i < shape.size(); i++) {
            inner *= Math.toIntExact(shape.get(i));
        }
        float[] result = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            int place = i / inner % order.length;
            result[i] = values[i + (order[place] - place) * inner];
        }
        return result;
    }

    /** As Phi-3's first files call it. */
    @Test
    void phi3MeansLongropeBySuAndYarn() throws Exception {
        ObjectMapper json = new ObjectMapper();
        TokenBatch batch = (TokenBatch) small("phi3-short").batch();
        Files.copy(small("phi3-short").folder().resolve("model.safetensors"), folder.resolve("model.safetensors"));
        for (String type : List.of("su", "yarn")) {
            ObjectNode config = (ObjectNode) json.readTree(
                    small("phi3-short").folder().resolve("config.json").toFile());
            ((ObjectNode) config.get("rope_scaling")).put("type", type);
            Files.writeString(folder.resolve("config.json"), config.toString());
            try (TransformerModel model = TransformerModel.load(folder, Device.cpu(), Progress.NONE)) {
                float[] right =
                        AdapterCase.floats(small("phi3-short").expected().get("logits"));
                assertArrayEquals(right, Outputs.logits(model, batch), 1e-4f, type);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "falcon-40b | {'parallel_attn':false} | 'parallel_attn' can't be false where 'new_decoder_architecture' is"
                        + " true",
                "falcon-40b | {'num_ln_in_parallel_attn':3} | 'num_ln_in_parallel_attn' can only be 1 or 2",
                "falcon-7b | {'num_ln_in_parallel_attn':2} | 'num_ln_in_parallel_attn' can't be 2 where"
                        + " 'new_decoder_architecture' is false",
                "gptj | {'rotary_dim':null} | 'rotary_dim' is null, by which transformers turns more dimensions than a head"
                        + " has: write how many they are",
                "gptj | {'rotary_dim':10} | rotary positions can't turn 10 of a head's 8 dimensions",
                "gptj | {'rotary_dim':5} | rotary positions can't turn 5 of a head's 8 dimensions",
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
