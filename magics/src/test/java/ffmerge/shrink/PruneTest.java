package ffmerge.shrink;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Progress;
import ffmerge.activation.Extent;
import ffmerge.activation.InputSquares;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.ModelTensor;
import ffmerge.data.Batch;
import ffmerge.data.TokenBatch;
import ffmerge.fixture.AdapterCase;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.model.TransformerModel;
import ffmerge.prune.Saliency;
import ffmerge.prune.Sparsity;
import ffmerge.torch.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What stays is what torch and numpy leave; prune/generate.py made what is compared with. */
class PruneTest {
    private static JsonNode expected(String model) throws Exception {
        Path file = new SmallCheckpoint("prune").folder().resolve("expected.json");
        return new ObjectMapper().readTree(file.toFile()).get(model);
    }

    private static Evidence evidence(TransformerModel model, JsonNode ids) {
        return evidence(model, AdapterCase.batch(ids));
    }

    /** Of all rows that the batch has. */
    private static Evidence evidence(TransformerModel model, Batch batch) {
        return Evidence.of(InputSquares.of(
                model, model.architecture().linearWeights(), List.of(batch), Extent.exactly(10_000), Progress.NONE));
    }

    private static Prune prune(String method, double sparsity, Prune.Unit unit) {
        Saliency saliency = Saliency.valueOf(method.toUpperCase());
        return new Prune(saliency, Sparsity.of(sparsity), unit, Prune.Site.FEED_FORWARD, 0);
    }

    @ParameterizedTest
    @CsvSource({
        "gated/llama-shared-keys, magnitude, 0.5",
        "gated/llama-shared-keys, wanda, 0.3",
        "gated/llama-shared-keys, wanda, 0.5",
        "gated/llama-shared-keys, obd, 0.3",
        "gpt2/prefixed, magnitude, 0.3",
        "gpt2/prefixed, wanda, 0.5",
        "gpt2/prefixed, obd, 0.5"
    })
    void theLowestWeightsBecomeZero(String name, String method, double sparsity) throws Exception {
        JsonNode expected = expected(name);
        Map<String, String> masks = new ObjectMapper()
                .convertValue(
                        expected.at("/cases/" + method + " " + sparsity + "/masks"),
                        new TypeReference<Map<String, String>>() {});
        SmallCheckpoint small = new SmallCheckpoint(name);
        Prune way = prune(method, sparsity, Prune.Unit.WEIGHT);
        try (TransformerModel model = small.load(Precision.FLOAT32);
                TransformerModel pruned =
                        way.apply(model, evidence(model, expected.get("ids"))).model()) {
            int compared = 0;
            for (ModelTensor tensor : model.architecture().tensors()) {
                float[] before = model.checkpoint().read(tensor.name());
                float[] after = pruned.checkpoint().read(tensor.name());
                String mask = masks.get(tensor.name());
                if (mask == null) {
                    assertArrayEquals(before, after, tensor.name());
                    continue;
                }
                compared++;
                int inputs = (int) tensor.inputs();
                int outputs = (int) tensor.outputs();
                for (int i = 0; i < mask.length(); i++) {
                    int place = tensor.inputsFirst() ? i % inputs * outputs + i / inputs : i;
                    assertEquals(mask.charAt(i) == '1' ? before[place] : 0, after[place], tensor.name() + " " + i);
                }
            }
            assertEquals(masks.size(), compared);
            assertEquals(model.parameters().uniqueCount(), pruned.parameters().uniqueCount());
            assertEquals(model.parameters().bytes(), pruned.parameters().bytes());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "gated/llama-shared-keys, magnitude, 0.3",
        "gated/llama-shared-keys, wanda, 0.5",
        "gated/llama-shared-keys, obd, 0.5",
        "gpt2/prefixed, magnitude, 0.5",
        "gpt2/prefixed, wanda, 0.3",
        "gpt2/prefixed, obd, 0.3"
    })
    void theLowestUnitsGo(String name, String method, double sparsity) throws Exception {
        JsonNode expected = expected(name);
        JsonNode units = expected.at("/cases/" + method + " " + sparsity + "/units");
        Prune way = prune(method, sparsity, Prune.Unit.HIDDEN);
        try (TransformerModel model = new SmallCheckpoint(name).load(Precision.FLOAT32);
                TransformerModel pruned =
                        way.apply(model, evidence(model, expected.get("ids"))).model()) {
            for (FeedForwardSublayer sublayer :
                    model.architecture().stack("decoder").feedForwards()) {
                String first = sublayer.tensors().get(0).name();
                JsonNode kept = units.get(first.substring(0, first.lastIndexOf('.', first.lastIndexOf('.') - 1)));
                FeedForwardSublayer narrow = pruned.architecture().feedForward("decoder", sublayer.layer());
                assertEquals(kept.size(), narrow.width());
                for (FeedForwardTensor tensor : sublayer.tensors()) {
                    int axis = tensor.axes().indexOf(FeedForwardTensor.HIDDEN);
                    float[] before = model.checkpoint().read(tensor.name());
                    float[] after = pruned.checkpoint().read(tensor.name());
                    int inner = axis < 0
                            ? 1
                            : tensor.shape().stream()
                                    .skip(axis + 1L)
                                    .mapToInt(Long::intValue)
                                    .reduce(1, (a, b) -> a * b);
                    for (int i = 0; i < after.length; i++) {
                        int unit = axis < 0 ? 0 : i / inner % kept.size();
                        int from = axis < 0
                                ? i
                                : (i / inner / kept.size() * sublayer.width()
                                                        + kept.get(unit).asInt())
                                                * inner
                                        + i % inner;
                        assertEquals(before[from], after[i], tensor.name() + " " + i);
                    }
                }
            }
            assertEquals(
                    way.after(Outline.of(model)).parameters(),
                    pruned.parameters().uniqueCount());
            assertEquals(
                    way.after(Outline.of(model)).bytes(), pruned.parameters().bytes());
        }
    }

    /** Every family: encoder and decoder, images, gates. */
    @ParameterizedTest
    @ValueSource(strings = {"vit/oblong", "marian/odd-sizes", "gated/olmo2", "gated/mistral", "gpt2/sharded"})
    void narrowerModelsOfEveryFamilyHoldWhatIsSaid(String name) {
        Prune way = prune("magnitude", 0.4, Prune.Unit.HIDDEN);
        try (TransformerModel model = new SmallCheckpoint(name).load(Precision.FLOAT32);
                TransformerModel pruned = way.apply(model, Evidence.NONE).model()) {
            Outline after = way.after(Outline.of(model));
            assertEquals(after.parameters(), pruned.parameters().uniqueCount());
            assertTrue(after.parameters() < model.parameters().uniqueCount());
            model.architecture().stacks().forEach(stack -> {
                int width = stack.feedForwardWidth();
                assertEquals(
                        width - (int) Math.floor(0.4 * width + 1e-9),
                        pruned.architecture().stack(stack.name()).feedForwardWidth());
            });
        }
    }

    /** What is tied is pruned once, by what enters it in all its places. */
    @Test
    void tiesAreKept() {
        try (TransformerModel tied = AdapterCase.tied()) {
            long[] ids = new long[20];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = i * 7 % 23;
            }
            Evidence evidence = evidence(tied, new TokenBatch(ids, 2, 10, 1));
            for (Prune.Unit unit : List.of(Prune.Unit.WEIGHT, Prune.Unit.HIDDEN)) {
                Prune way = prune("wanda", 0.5, unit);
                try (TransformerModel pruned = way.apply(tied, evidence).model()) {
                    assertEquals(tied.parameters().ties(), pruned.parameters().ties());
                    FeedForwardSublayer shared = tied.architecture().feedForward("decoder", 0);
                    String up = shared.tensors().get(0).name();
                    assertSame(pruned.parameters().get(up), pruned.parameters().get(up.replace(".0.", ".2.")));
                    assertEquals(
                            way.after(Outline.of(tied)).parameters(),
                            pruned.parameters().uniqueCount());
                }
            }
        }
    }

    @Test
    void randomScoresAreTheirSeeds() {
        try (TransformerModel model = new SmallCheckpoint("gated/olmo").load(Precision.FLOAT32)) {
            String up = model.architecture()
                    .feedForward("decoder", 1)
                    .tensors()
                    .get(0)
                    .name();
            float[][] made = new float[3][];
            for (int i = 0; i < 3; i++) {
                Prune way =
                        new Prune(Saliency.RANDOM, Sparsity.of(0.5), Prune.Unit.WEIGHT, Prune.Site.FEED_FORWARD, i / 2);
                try (TransformerModel pruned = way.apply(model, Evidence.NONE).model()) {
                    made[i] = pruned.checkpoint().read(up);
                }
            }
            assertArrayEquals(made[0], made[1]);
            assertTrue(!java.util.Arrays.equals(made[0], made[2]));
        }
    }
}
