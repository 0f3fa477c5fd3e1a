package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Progress;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.data.ImageBatch;
import ffmerge.data.PixelScale;
import ffmerge.fixture.Outputs;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small ViTs, each odd in its own way, compute what transformers computes; resources/vit/generate.py made them. */
class VitAgreementTest {
    private static Path folder(String name) {
        try {
            return Path.of(VitAgreementTest.class.getResource("/vit/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static JsonNode expected(String name) throws IOException {
        return new ObjectMapper().readTree(folder(name).resolve("expected.json").toFile());
    }

    private static ImageBatch batch(JsonNode expected) {
        byte[] pixels = new byte[expected.get("pixels").size()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) expected.get("pixels").get(i).asInt();
        }
        int[] labels = new int[expected.get("labels").size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = expected.get("labels").get(i).asInt();
        }
        int channels = expected.get("channels").asInt();
        return new ImageBatch(
                pixels,
                labels.length,
                channels,
                expected.get("height").asInt(),
                expected.get("width").asInt(),
                labels,
                PixelScale.ofHalves(channels));
    }

    private static float[] floats(JsonNode numbers) {
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) numbers.get(i).asDouble();
        }
        return floats;
    }

    @ParameterizedTest
    @ValueSource(strings = {"oblong", "old-hub", "exact-gelu"})
    void logitsLossAndGradientsAreTheSame(String name) throws IOException {
        JsonNode expected = expected(name);
        ImageBatch batch = batch(expected);
        try (TransformerModel model = TransformerModel.load(folder(name), Device.cpu(), Progress.NONE);
                NDManager scope = model.newScope()) {
            assertEquals(expected.get("parameters").asLong(), model.parameters().count());
            Pass pass = Pass.inference(scope);
            HiddenStates last = model.advance(model.embed(batch, pass), model.layers(), pass);
            float[] logits = ((ImageClassifier) model).classLogits(last, pass).toFloatArray();
            assertArrayEquals(floats(expected.get("logits")), logits, 1e-4f);

            Outputs.Gradients found = Outputs.gradients(model, batch);
            assertEquals(expected.get("loss").asDouble(), found.loss(), 1e-5);
            assertFalse(expected.get("gradients").isEmpty());
            expected.get("gradients")
                    .properties()
                    .forEach(gradient -> assertArrayEquals(
                            floats(gradient.getValue()),
                            found.byName().get(gradient.getKey()),
                            1e-4f,
                            gradient.getKey()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"oblong", "old-hub", "exact-gelu"})
    void everyNameInTheFilesIsKnown(String name) {
        Architecture architecture =
                Architecture.of(ModelConfig.read(folder(name).resolve("config.json")));
        for (String known : new String[] {"vit.pooler.dense.weight", "pooler.dense.bias", "layernorm.weight"}) {
            assertFalse(architecture.isUnknown(known), known);
        }
    }
}
