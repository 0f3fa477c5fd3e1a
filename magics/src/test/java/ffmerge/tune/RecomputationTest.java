package ffmerge.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ffmerge.Progress;
import ffmerge.data.Batch;
import ffmerge.fixture.Shrinks;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.fixture.TinyGpt2;
import ffmerge.merge.MergePlan;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecomputationTest {
    @TempDir
    private Path folder;

    private static TuneSettings settings() {
        return new TuneSettings(1, 1, 1, 1e-3, 0, 0, 0, 0.1, 1, 1, 5);
    }

    /** The loss of a batch, and what the parameters collect for it. */
    private static Map<String, float[]> gradients(
            TransformerModel model, List<Batch> batches, boolean recompute, Precision products, int replicas) {
        List<Device> devices = Stream.generate(Device::cpu).limit(replicas - 1).toList();
        Execution execution = new Execution(products, recompute, devices);
        return CollectedGradients.of(model, batches, settings(), execution, Optional.empty());
    }

    /** @param relative to the largest of all: a key's bias has a gradient of zero, and what is computed of it is noise */
    private static void assertSame(Map<String, float[]> expected, Map<String, float[]> found, double relative) {
        assertEquals(expected.keySet(), found.keySet());
        double largest = 0;
        for (float[] values : expected.values()) {
            for (float value : values) {
                largest = Math.max(largest, Math.abs(value));
            }
        }
        float bound = (float) (relative * largest);
        expected.forEach((name, values) -> assertArrayEquals(values, found.get(name), bound, name));
    }

    /** A copy of the checkpoint with all the dropout that its family knows. */
    private Path withDropout(SmallCheckpoint checkpoint) throws Exception {
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(checkpoint.folder().resolve(file), folder.resolve(file));
        }
        Path config = folder.resolve("config.json");
        String text = Files.readString(config);
        for (String key : List.of(
                "embd_pdrop",
                "attn_pdrop",
                "resid_pdrop",
                "hidden_dropout_prob",
                "attention_probs_dropout_prob",
                "dropout",
                "dropout_rate",
                "attention_dropout",
                "activation_dropout")) {
            text = text.replaceFirst("\"" + key + "\": 0\\.0", "\"" + key + "\": 0.3");
        }
        Files.writeString(config, text);
        return folder;
    }

    @ParameterizedTest
    @CsvSource({
        "gpt2/prefixed,           FLOAT32,  0",
        "gpt2/prefixed,           BFLOAT16, 0",
        "gpt2/exact-gelu,         FLOAT32,  0",
        "vit/oblong,              FLOAT32,  0",
        "gated/llama-shared-keys, FLOAT32,  0",
        "gated/olmo2,             FLOAT32,  0",
        // the encoder gets its gradient from each decoder layer, summed in another order
        "marian/odd-sizes,        FLOAT32,  2e-6",
        "marian/bare,             FLOAT32,  2e-6",
        // and through the norm behind it
        "seq2seq/mbart,           FLOAT32,  2e-6",
        "seq2seq/m2m100,          FLOAT32,  2e-6",
        "seq2seq/t5,              FLOAT32,  2e-6",
        "seq2seq/t5-gated,        BFLOAT16, 2e-2"
    })
    void gradientsAreThoseOfPlainBackpropagation(String name, Precision products, double relative) throws Exception {
        SmallCheckpoint checkpoint = new SmallCheckpoint(name);
        List<Batch> batch = List.of(checkpoint.batch());
        try (TransformerModel model = TransformerModel.load(withDropout(checkpoint), Device.cpu(), Progress.NONE)) {
            Map<String, float[]> plain = gradients(model, batch, false, products, 1);
            assertSame(plain, gradients(model, batch, true, products, 1), relative);
        }
    }

    @Test
    void aTiedParameterCollectsFromAllOfItsPlaces() {
        new TinyGpt2(4).writeTo(folder);
        MergePlan plan = new MergePlan(
                List.of(MergePlan.Group.of("decoder", List.of(0, 1, 3), MergePlan.Anchor.FIRST)),
                MergePlan.Alignment.NONE,
                0);
        try (TransformerModel model = TransformerModel.load(folder, Device.cpu(), Progress.NONE);
                TransformerModel merged =
                        Shrinks.merge(model, plan, null, 1, Progress.NONE).model();
                TransformerModel copy = merged.copy()) {
            List<Batch> batch = List.of(copy.noise(32, 1));
            Map<String, float[]> plain = gradients(copy, batch, false, Precision.FLOAT32, 1);
            assertSame(plain, gradients(copy, batch, true, Precision.FLOAT32, 1), 0);
        }
    }

    @Test
    void batchesOfDifferentSizesCountByWhatTheyPredict() {
        SmallCheckpoint checkpoint = new SmallCheckpoint("marian/odd-sizes");
        Batch whole = checkpoint.batch();
        try (TransformerModel model = checkpoint.load(Precision.FLOAT32)) {
            Map<String, float[]> atOnce = gradients(model, List.of(whole), false, Precision.FLOAT32, 1);
            List<Batch> unequal = List.of(whole.part(0, 1), whole.part(1, 4));
            assertSame(atOnce, gradients(model, unequal, false, Precision.FLOAT32, 1), 2e-5);
            assertSame(atOnce, gradients(model, unequal, true, Precision.FLOAT32, 1), 2e-5);
        }
    }

    @ParameterizedTest
    @CsvSource({"gpt2/prefixed, 2", "vit/oblong, 3", "marian/odd-sizes, 3", "gated/mistral, 2"})
    void replicasThatShareABatchCollectItsGradients(String name, int replicas) {
        SmallCheckpoint checkpoint = new SmallCheckpoint(name);
        List<Batch> batch = List.of(checkpoint.batch());
        try (TransformerModel model = checkpoint.load(Precision.FLOAT32)) {
            Map<String, float[]> one = gradients(model, batch, false, Precision.FLOAT32, 1);
            assertSame(one, gradients(model, batch, false, Precision.FLOAT32, replicas), 2e-5);
        }
    }
}
