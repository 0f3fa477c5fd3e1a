package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ffmerge.adapter.AdapterSettings;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.ModelTensor;
import ffmerge.fixture.AdapterCase;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.torch.Precision;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bytes that a model is said to hold are those of the tensors that libtorch holds for it. */
class NativeBytesTest {
    /** Tables that all weights of a form share; they aren't counted. */
    private static final Set<String> TABLES = Set.of("pairs", "codes");

    /** Each tensor once, whatever names it has; DJL knows no size of bfloat16. */
    private static long held(TransformerModel model) {
        Map<Long, Long> bytes = new HashMap<>();
        for (ModelTensor tensor : model.architecture().tensors()) {
            model.parameters().weight(tensor.name()).parts().forEach((part, array) -> {
                if (!TABLES.contains(part)) {
                    add(array, bytes);
                }
            });
        }
        model.parameters().adapters().unique().values().forEach(array -> add(array, bytes));
        return bytes.values().stream().mapToLong(n -> n).sum();
    }

    private static void add(NDArray array, Map<Long, Long> bytes) {
        bytes.put(
                ((PtNDArray) array).getHandle(),
                array.size() * array.getDataType().getNumOfBytes());
    }

    private static void assertHeld(TransformerModel model) {
        assertEquals(held(model), model.parameters().bytes());
    }

    @ParameterizedTest
    @CsvSource({
        "gpt2/prefixed, FLOAT32",
        "gpt2/prefixed, FLOAT16",
        "vit/oblong, FLOAT16",
        "marian/odd-sizes, FLOAT32",
        "gated/olmo2, FLOAT16",
        "gated/mistral, FLOAT32"
    })
    void ofFloatsRoundedWeightsAdaptersAndFactors(String name, Precision precision) {
        try (TransformerModel model = new SmallCheckpoint(name).load(precision)) {
            assertHeld(model);
            for (WeightForm form : WeightForms.ALL) {
                try (TransformerModel rounded = model.quantized(form)) {
                    assertHeld(rounded);
                    assertTrue(held(rounded) < held(model), form.label());
                }
            }
            FeedForwardSublayer first =
                    model.architecture().stacks().get(0).feedForwards().get(0);
            try (TransformerModel factored = model.withFactors(
                    Map.of(first, new float[Math.toIntExact(model.architecture().modelWidth())]))) {
                assertHeld(factored);
            }
        }
    }

    /** A tie is held once; adapters of its places are not. */
    @Test
    void ofTies() {
        try (TransformerModel tied = AdapterCase.tied()) {
            assertHeld(tied);
            AdapterSettings settings = new AdapterSettings(
                    2,
                    4,
                    0,
                    AdapterSettings.targets(tied.architecture(), List.of("up_proj", "down_proj")),
                    AdapterSettings.Sharing.PER_LAYER);
            try (TransformerModel adapted = tied.adapted(settings, 3);
                    TransformerModel rounded = adapted.quantized(WeightForms.of("int8"))) {
                assertHeld(adapted);
                assertHeld(rounded);
                assertTrue(held(adapted) > held(tied));
            }
        }
    }
}
