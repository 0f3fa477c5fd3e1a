package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.adapter.AdapterSettings;
import ffmerge.adapter.AdapterSettings.Sharing;
import ffmerge.data.TokenBatch;
import ffmerge.fixture.AdapterCase;
import ffmerge.fixture.Outputs;
import ffmerge.generate.GenerationSettings;
import ffmerge.generate.ScoreRules;
import ffmerge.torch.Precision;
import ffmerge.torch.Torch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models with adapters compute what PEFT computes, on float weights and on NF4. */
class AdaptersTest {
    private static final List<String> FEED_FORWARD = List.of("gate_proj", "up_proj", "down_proj");

    static List<AdapterCase> cases() {
        return AdapterCase.ALL;
    }

    private record Gradients(double loss, Map<String, float[]> byName) {}

    /** By the model's adapters alone, with dropout off as PEFT's eval() has it. */
    private static Gradients gradients(TransformerModel model, TokenBatch batch) {
        Map<String, NDArray> learned = model.parameters().learned();
        learned.values().forEach(array -> array.setRequiresGradient(true));
        Map<String, float[]> gradients = new LinkedHashMap<>();
        try (NDManager scope = model.newScope();
                GradientCollector collector = Engine.getEngine(Torch.ENGINE).newGradientCollector()) {
            NDArray loss = model.loss(batch, Pass.training(scope, 0));
            collector.backward(loss);
            learned.forEach((name, array) -> {
                try (NDArray gradient = array.getGradient()) {
                    gradients.put(name, gradient.toFloatArray());
                }
            });
            model.parameters()
                    .unique()
                    .values()
                    .forEach(frozen -> assertFalse(JniUtils.requiresGrad((PtNDArray) frozen)));
            return new Gradients(loss.getFloat(), gradients);
        } finally {
            learned.values().forEach(array -> array.setRequiresGradient(false));
        }
    }

    private static TransformerModel withoutDropout(TransformerModel model) {
        Parameters p = model.parameters();
        p.adapters().dropout("model.layers.0.mlp.down_proj").ifPresent(dropout -> dropout.subi(dropout));
        return model;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void logitsArePefts(AdapterCase c) throws Exception {
        JsonNode expected = c.expected();
        TokenBatch batch = AdapterCase.batch(expected.get("ids"));
        for (boolean nf4 : new boolean[] {false, true}) {
            JsonNode of = nf4 ? expected.get("nf4") : expected;
            try (TransformerModel base = c.base(nf4);
                    TransformerModel model = c.on(base)) {
                assertArrayEquals(AdapterCase.floats(of.get("logits")), Outputs.logits(model, batch), 1e-4f);
                assertEquals(nf4, model.parameters().isQuantized());
                if (nf4) {
                    assertArrayEquals(AdapterCase.floats(expected.get("nf4Bare")), Outputs.logits(base, batch), 1e-4f);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gradientsArePefts(AdapterCase c) throws Exception {
        JsonNode expected = c.expected();
        TokenBatch batch = AdapterCase.batch(expected.get("ids"));
        for (boolean nf4 : new boolean[] {false, true}) {
            JsonNode of = nf4 ? expected.get("nf4") : expected;
            try (TransformerModel base = c.base(nf4);
                    TransformerModel model = withoutDropout(c.on(base))) {
                Gradients found = gradients(model, batch);
                assertEquals(of.get("loss").asDouble(), found.loss(), 1e-5);
                assertEquals(of.get("gradients").size(), found.byName().size());
                of.get("gradients")
                        .properties()
                        .forEach(e -> assertArrayEquals(
                                AdapterCase.floats(e.getValue()), found.byName().get(e.getKey()), 1e-4f, e.getKey()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theGradientOfASharedAdapterIsTheSumOfItsPlaces(boolean nf4) throws Exception {
        AdapterCase c = AdapterCase.named("shared");
        JsonNode expected = nf4 ? c.expected().get("nf4") : c.expected();
        try (TransformerModel tied = AdapterCase.tied();
                TransformerModel base = nf4 ? tied.quantized(WeightForms.of("nf4")) : tied.copy();
                TransformerModel model = c.on(base)) {
            assertEquals(
                    Sharing.SHARED,
                    model.parameters().adapterSettings().orElseThrow().sharing());
            Gradients found = gradients(model, AdapterCase.batch(c.expected().get("ids")));
            assertEquals(expected.get("loss").asDouble(), found.loss(), 1e-5);
            for (String projection : FEED_FORWARD) {
                for (String matrix : List.of("lora_A", "lora_B")) {
                    String name = "model.layers.%d.mlp." + projection + "." + matrix + ".weight";
                    float[] first = AdapterCase.floats(expected.get("gradients").get(name.formatted(0)));
                    float[] last = AdapterCase.floats(expected.get("gradients").get(name.formatted(2)));
                    float[] sum = new float[first.length];
                    for (int i = 0; i < sum.length; i++) {
                        sum[i] = first[i] + last[i];
                    }
                    assertArrayEquals(sum, found.byName().get(name.formatted(0)), 1e-4f, name);
                    assertFalse(found.byName().containsKey(name.formatted(2)), "one parameter, not two");
                }
            }
        }
    }

    private static AdapterSettings settings(TransformerModel model, Sharing sharing) {
        return new AdapterSettings(
                4, 8, 0.25, AdapterSettings.targets(model.architecture(), List.of(AdapterSettings.ALL)), sharing);
    }

    @ParameterizedTest
    @EnumSource(Sharing.class)
    void newAdaptersChangeNoOutput(Sharing sharing) {
        try (TransformerModel base = AdapterCase.tied();
                TransformerModel model = base.adapted(settings(base, sharing), 7)) {
            TokenBatch batch = Outputs.tokens(base, 2, 9, 1);
            assertArrayEquals(Outputs.logits(base, batch), Outputs.logits(model, batch));
            // width 10 and 5 heads of 4, one of them with keys; FF 13; three layers, of which two share their FF
            long attention = 4 * (10 + 20) + 2 * 4 * (10 + 4) + 4 * (20 + 10);
            long feedForward = 3 * 4 * (10 + 13);
            long sets = sharing == Sharing.SHARED ? 2 : 3;
            assertEquals(3 * attention + sets * feedForward, model.parameters().learnedCount());
            assertEquals(
                    model.parameters().learnedCount(),
                    settings(base, sharing)
                            .parameters(base.architecture(), base.parameters().ties()));
            assertEquals(
                    base.parameters().uniqueCount() + model.parameters().learnedCount(),
                    model.parameters().uniqueCount());
            assertEquals(sharing == Sharing.PER_LAYER, model.parameters().hasDifferingAdapters());
        }
    }

    @Test
    void dropoutIsOfTrainingAlone() {
        try (TransformerModel base = AdapterCase.named("all").base(false);
                TransformerModel model = AdapterCase.named("all").on(base)) {
            TokenBatch batch = Outputs.tokens(model, 2, 9, 1);
            assertArrayEquals(Outputs.logits(model, batch), Outputs.logits(model, batch));
            try (NDManager scope = model.newScope()) {
                float one = model.loss(batch, Pass.training(scope, 0, Precision.FLOAT32, 1))
                        .getFloat();
                float other = model.loss(batch, Pass.training(scope, 0, Precision.FLOAT32, 2))
                        .getFloat();
                assertTrue(one != other, "a tenth of what enters adapters is dropped");
            }
        }
    }

    @Test
    void aTiedWeightIsQuantizedOnce() {
        try (TransformerModel tied = AdapterCase.tied();
                TransformerModel quantized = tied.quantized(WeightForms.of("nf4"))) {
            assertEquals(tied.parameters().ties(), quantized.parameters().ties());
            assertEquals(tied.parameters().uniqueCount(), quantized.parameters().uniqueCount());
            long bytes = 0;
            for (var tensor : quantized.parameters().unique().keySet()) {
                long elements = tied.parameters().unique().get(tensor).size();
                boolean linear = tensor.contains("_proj");
                long blocks = (elements + 63) / 64;
                bytes += linear ? (elements + 1) / 2 + blocks + 4 * ((blocks + 255) / 256) + 4 : 4 * elements;
            }
            assertEquals(bytes, quantized.parameters().bytes());
        }
    }

    @Test
    void quantizingALoadedModelIsLoadingItQuantized() {
        AdapterCase c = AdapterCase.named("all");
        try (TransformerModel loaded = c.base(true);
                TransformerModel base = c.base(false);
                TransformerModel quantized = base.quantized(WeightForms.of("nf4"))) {
            TokenBatch batch = Outputs.tokens(base, 2, 9, 1);
            assertArrayEquals(Outputs.logits(loaded, batch), Outputs.logits(quantized, batch));
            assertEquals(loaded.parameters().bytes(), quantized.parameters().bytes());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aFoldedModelComputesTheSame(AdapterCase c) {
        for (boolean nf4 : new boolean[] {false, true}) {
            try (TransformerModel base = c.base(nf4);
                    TransformerModel model = c.on(base);
                    TransformerModel folded = model.folded(false)) {
                TokenBatch batch = Outputs.tokens(model, 2, 9, 1);
                assertArrayEquals(Outputs.logits(model, batch), Outputs.logits(folded, batch), 1e-4f);
                assertFalse(folded.parameters().isQuantized());
                assertTrue(folded.parameters().adapterSettings().isEmpty());
            }
        }
    }

    /** Token by token linear maps go through other kernels. */
    @Test
    void whatIsGeneratedIsWhatTheFoldedModelGenerates() {
        GenerationSettings settings = new GenerationSettings(
                2, 7, 0, 1, GenerationSettings.EarlyStopping.HEURISTIC, -1, List.of(5), ScoreRules.NONE, List.of());
        List<int[]> prompts = List.of(new int[] {7, 11, 2}, new int[] {1, 9, 14, 3, 20});
        try (TransformerModel base = AdapterCase.named("all").base(true);
                TransformerModel model = AdapterCase.named("all").on(base);
                TransformerModel folded = model.folded(false);
                NDManager scope = model.newScope()) {
            List<int[]> expected = ((TextGenerator) folded).generate(prompts, settings, scope);
            List<int[]> found = ((TextGenerator) model).generate(prompts, settings, scope);
            for (int row = 0; row < prompts.size(); row++) {
                assertArrayEquals(expected.get(row), found.get(row));
            }
        }
    }

    @Test
    void foldingSharedAdaptersKeepsTheTie() {
        try (TransformerModel tied = AdapterCase.tied();
                TransformerModel model = AdapterCase.named("shared").on(tied);
                TransformerModel folded = model.folded(false)) {
            TokenBatch batch = Outputs.tokens(model, 2, 9, 1);
            assertArrayEquals(Outputs.logits(model, batch), Outputs.logits(folded, batch), 1e-4f);
            assertEquals(tied.parameters().ties(), folded.parameters().ties());
            assertEquals(tied.parameters().uniqueCount(), folded.parameters().uniqueCount());
        }
    }
}
