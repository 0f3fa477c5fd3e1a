package ffmerge.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ffmerge.Progress;
import ffmerge.adapter.AdapterSettings;
import ffmerge.adapter.AdapterSettings.Sharing;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.data.TokenBatch;
import ffmerge.fixture.AdapterCase;
import ffmerge.fixture.Outputs;
import ffmerge.model.TransformerModel;
import ffmerge.model.WeightForms;
import ffmerge.torch.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How gradients of adapters are computed: layer by layer on NF4, on copies that share frozen weights, and without a leak. */
class AdapterGradientsTest {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final int ROUNDS = 12;
    /** One model in NF4 is 3 MB, its layers expanded 21 MB, its adapters' gradients and running means 5 MB. */
    private static final long MOST_GROWTH = 12_000_000;

    @TempDir
    private Path folder;

    private static AdapterSettings settings(TransformerModel model, double dropout) {
        return new AdapterSettings(
                4,
                8,
                dropout,
                AdapterSettings.targets(model.architecture(), List.of(AdapterSettings.ALL)),
                Sharing.SHARED);
    }

    private static Map<String, float[]> gradients(TransformerModel model, TokenBatch batch, Execution execution) {
        TuneSettings settings = new TuneSettings(1, 2, 1, 1e-3, 0, 0, 0, 0, 1, 1, 5);
        Map<String, NDArray> learned = model.parameters().learned();
        learned.values().forEach(array -> array.setRequiresGradient(true));
        Map<String, float[]> found = new LinkedHashMap<>();
        try (Replicas replicas = new Replicas(model, settings, execution)) {
            found.put("loss", new float[] {(float) replicas.backward(List.of(batch), 3, 1)});
            try (Gradients gradients = Gradients.of(learned)) {
                int i = 0;
                for (String name : learned.keySet()) {
                    found.put(name, gradients.arrays().get(i++).toFloatArray());
                }
                gradients.forget();
            }
        } finally {
            learned.values().forEach(array -> array.setRequiresGradient(false));
        }
        return found;
    }

    private static void assertSame(Map<String, float[]> expected, Map<String, float[]> found) {
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((name, values) -> assertArrayEquals(values, found.get(name), 1e-5f, name));
    }

    /** B of fresh adapters is zero, and A's gradient with it: these are PEFT's. */
    private static TransformerModel trained(TransformerModel base) {
        return AdapterCase.named("all").on(base);
    }

    @Test
    void layersThatAreRunAgainDropTheSame() {
        try (TransformerModel base = AdapterCase.named("all").base(false);
                TransformerModel model = trained(base)) {
            TokenBatch batch = Outputs.tokens(model, 2, 9, 1);
            assertTrue(model.parameters().adapterSettings().orElseThrow().dropout() > 0);
            assertSame(
                    gradients(model, batch, Execution.PLAIN),
                    gradients(model, batch, new Execution(Precision.FLOAT32, true, List.of())));
        }
    }

    @Test
    void quantizedWeightsHaveTheGradientsOfTheirRoundedValues() {
        try (TransformerModel nf4 = AdapterCase.named("all").base(true);
                TransformerModel quantized = trained(nf4);
                TransformerModel bare = nf4.adapted(settings(nf4, 0), 1);
                TransformerModel rounded = bare.folded(false); // B is zero: the values alone
                TransformerModel expanded = trained(rounded)) {
            TokenBatch batch = Outputs.tokens(quantized, 2, 9, 1);
            assertSame(gradients(expanded, batch, Execution.PLAIN), gradients(quantized, batch, Execution.PLAIN));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"BFLOAT16", "FLOAT16"})
    void weightsHeldInLessThanFloat32CarryAdapters(Precision held) {
        AdapterCase c = AdapterCase.named("all");
        try (TransformerModel base = c.base(false);
                TransformerModel model = trained(base);
                TransformerModel small = c.base(held, false);
                TransformerModel adapted = trained(small);
                TransformerModel quantized = small.quantized(WeightForms.of("nf4"));
                TransformerModel both = trained(quantized)) {
            TokenBatch batch = Outputs.tokens(model, 2, 9, 1);
            float loss = gradients(model, batch, Execution.PLAIN).get("loss")[0];
            for (TransformerModel other : List.of(adapted, both)) {
                Map<String, float[]> found = gradients(other, batch, new Execution(held, false, List.of()));
                assertEquals(loss, found.get("loss")[0], 0.05 * loss);
                assertEquals(1 + model.parameters().learned().size(), found.size());
                for (float[] values : found.values()) {
                    double sum = 0;
                    for (float value : values) {
                        sum += Math.abs(value);
                    }
                    assertTrue(sum > 0 && Double.isFinite(sum));
                }
            }
        }
    }

    @Test
    void twoCopiesShareABatchAndTheFrozenWeights() {
        try (TransformerModel base = AdapterCase.named("all").base(true);
                TransformerModel adapted = base.adapted(settings(base, 0), 1)) {
            TokenBatch batch = Outputs.tokens(adapted, 2, 9, 1);
            assertSame(
                    gradients(adapted, batch, Execution.PLAIN),
                    gradients(adapted, batch, new Execution(Precision.FLOAT32, false, List.of(Device.cpu()))));
        }
    }

    /** Outside Java's heap, which may grow as it likes. */
    private static long nativeBytes() throws IOException {
        System.gc();
        long resident = Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElseThrow();
        return resident - Runtime.getRuntime().totalMemory();
    }

    @Test
    void quantizingAndTuningAgainAndAgainTakesNoMoreMemory() throws Exception {
        assumeTrue(Files.exists(STATUS), "Linux only");
        Path config = folder.resolve("config.json");
        Files.writeString(config, """
                {"model_type":"llama","hidden_size":256,"intermediate_size":704,"num_hidden_layers":6,
                 "num_attention_heads":4,"vocab_size":100,"max_position_embeddings":64}""");
        Architecture architecture = Architecture.of(ModelConfig.read(config));
        try (TransformerModel base = TransformerModel.random(architecture, Device.cpu(), 1)) {
            long before = 0;
            long least = Long.MAX_VALUE;
            for (int round = -3; round < ROUNDS; round++) {
                before = round == 0 ? nativeBytes() : before;
                tuneOnce(base, round);
                least = round >= ROUNDS - 4 ? Math.min(least, nativeBytes()) : least;
            }
            long growth = least - before;
            assertTrue(growth < MOST_GROWTH, () -> "grew by " + growth + " bytes in " + ROUNDS + " rounds");
        }
    }

    private void tuneOnce(TransformerModel base, int round) {
        try (TransformerModel quantized = base.quantized(WeightForms.of("nf4"));
                TransformerModel adapted = quantized.adapted(settings(quantized, 0.1), round);
                TransformerModel tuned = adapted.copy()) {
            TuneSettings settings = new TuneSettings(2, 2, 1, 1e-3, 0, 0, 1, 0, 10, 10, round);
            new Tuner(
                            tuned,
                            settings,
                            (rows, seed, index) -> Outputs.tokens(tuned, rows, 32, index),
                            model -> 1,
                            (one, other) -> true,
                            folder.resolve("state"),
                            (loss, checks) -> {})
                    .run(Progress.NONE);
            tuned.folded(false).close();
        }
    }
}
