package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.Progress;
import ffmerge.adapter.StoredAdapters;
import ffmerge.data.Batch;
import ffmerge.fixture.AdapterCase;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.torch.Precision;
import ffmerge.torch.Torch;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every family carries adapters, on float weights and on NF4; adapter/families.py made what is compared with. */
class FamilyAdaptersTest {
    @TempDir
    private Path folder;

    private static TransformerModel adapted(TransformerModel base, Path adapters) {
        try (StoredAdapters stored = StoredAdapters.open(adapters, base.architecture())) {
            return base.adapted(stored);
        }
    }

    private static double loss(TransformerModel model, Batch batch) {
        try (NDManager scope = model.newScope()) {
            return model.loss(batch, Pass.inference(scope)).getFloat();
        }
    }

    private static void assertTrains(JsonNode expected, TransformerModel model, Batch batch) {
        assertEquals(expected.get("loss").asDouble(), loss(model, batch), 1e-5);
        Map<String, NDArray> learned = model.parameters().learned();
        assertEquals(expected.get("gradients").size(), learned.size());
        learned.values().forEach(array -> array.setRequiresGradient(true));
        try (NDManager scope = model.newScope();
                GradientCollector collector = Engine.getEngine(Torch.ENGINE).newGradientCollector()) {
            // as eval() has it: without dropout, but recorded
            Pass plain = new Pass(scope, false, true, SublayerObserver.NOBODY, 0, Precision.FLOAT32, 0);
            collector.backward(model.loss(batch, plain));
            learned.forEach((name, array) -> {
                try (NDArray gradient = array.getGradient()) {
                    float[] right = AdapterCase.floats(expected.get("gradients").get(name));
                    assertArrayEquals(right, gradient.toFloatArray(), 1e-4f, name);
                }
            });
        } finally {
            learned.values().forEach(array -> array.setRequiresGradient(false));
        }
    }

    @ParameterizedTest
    @CsvSource({"gpt2, gpt2/prefixed", "vit, vit/oblong", "marian, marian/odd-sizes"})
    void aFamilyComputesWhatPeftComputes(String name, String of) {
        SmallCheckpoint small = new SmallCheckpoint(of);
        SmallCheckpoint adapters = new SmallCheckpoint("adapter/" + name);
        Batch batch = small.batch();
        JsonNode expected = adapters.expected();
        try (TransformerModel base = small.load(Precision.FLOAT32);
                TransformerModel model = adapted(base, adapters.folder());
                TransformerModel nf4 = base.quantized(WeightForms.of("nf4"));
                TransformerModel onNf4 = adapted(nf4, adapters.folder());
                TransformerModel folded = model.folded(false);
                TransformerModel foldedNf4 = onNf4.folded(true)) {
            assertTrains(expected, model, batch);
            assertTrains(expected.get("nf4"), onNf4, batch);
            assertEquals(expected.get("loss").asDouble(), loss(folded, batch), 1e-5);
            assertEquals(expected.at("/nf4/loss").asDouble(), loss(foldedNf4, batch), 1e-5);

            StoredAdapters.write(
                    folder.resolve(name),
                    model.parameters().adapterSettings().orElseThrow(),
                    model.architecture(),
                    model.adapterCheckpoint(),
                    Map.of(),
                    false,
                    Progress.NONE);
            try (TransformerModel again = adapted(base, folder.resolve(name))) {
                assertEquals(loss(model, batch), loss(again, batch));
            }
        }
    }
}
