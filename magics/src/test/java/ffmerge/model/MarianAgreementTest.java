package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Progress;
import ffmerge.data.SentencePair;
import ffmerge.data.TranslationBatch;
import ffmerge.torch.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small Marians, each odd in its own way, compute what transformers computes; resources/marian/generate.py made them. */
class MarianAgreementTest {
    private static Path folder(String name) throws Exception {
        return Path.of(MarianAgreementTest.class.getResource("/marian/" + name).toURI());
    }

    private static JsonNode expected(String name) throws Exception {
        return new ObjectMapper().readTree(folder(name).resolve("expected.json").toFile());
    }

    private static TransformerModel load(String name) throws Exception {
        return TransformerModel.load(folder(name), Device.cpu(), Progress.NONE);
    }

    private static int[] ids(JsonNode numbers) {
        int[] ids = new int[numbers.size()];
        Arrays.setAll(ids, i -> numbers.get(i).asInt());
        return ids;
    }

    private static float[] floats(JsonNode numbers) {
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) numbers.get(i).asDouble();
        }
        return floats;
    }

    private static TranslationBatch batch(JsonNode expected) {
        List<SentencePair> pairs = new ArrayList<>();
        for (int i = 0; i < expected.get("sources").size(); i++) {
            pairs.add(new SentencePair(
                    i,
                    "",
                    "",
                    ids(expected.get("sources").get(i)),
                    ids(expected.get("targets").get(i))));
        }
        return new TranslationBatch(pairs);
    }

    @ParameterizedTest
    @ValueSource(strings = {"odd-sizes", "old-hub", "bare"})
    void logitsOfAllTargetsAreTheSame(String name) throws Exception {
        JsonNode expected = expected(name);
        TranslationBatch batch = batch(expected);
        try (TransformerModel model = load(name);
                NDManager scope = model.newScope()) {
            assertEquals(expected.get("parameters").asLong(), model.parameters().count());
            Pass pass = Pass.inference(scope);
            HiddenStates last = model.advance(model.embed(batch, pass), model.layers(), pass);
            NDArray logits = ((Marian) model).logits(last, pass);
            NDArray counted = pass.run("rows", logits, scope.create(batch.targetPlaces()));
            assertArrayEquals(floats(expected.get("logits")), counted.toFloatArray(), 1e-4f);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"odd-sizes", "old-hub", "bare"})
    void lossesAndGradientsAreTheSame(String name) throws Exception {
        JsonNode expected = expected(name);
        try (TransformerModel model = load(name)) {
            Map<String, NDArray> parameters = model.parameters().learned();
            parameters.values().forEach(parameter -> parameter.setRequiresGradient(true));
            assertTrue(parameters.keySet().stream().noneMatch(p -> p.contains("positions") || p.contains("bias_")));
            try (NDManager scope = model.newScope();
                    GradientCollector collector = Engine.getEngine(Torch.ENGINE).newGradientCollector()) {
                NDArray plain = model.loss(batch(expected), Pass.inference(scope));
                assertEquals(expected.get("loss").asDouble(), plain.getFloat(), 1e-5);
                NDArray loss = model.loss(batch(expected), Pass.training(scope, 0.1));
                assertEquals(expected.get("smoothedLoss").asDouble(), loss.getFloat(), 1e-5);
                collector.backward(loss);
                expected.get("gradients").properties().forEach(e -> {
                    try (NDArray gradient = parameters.get(e.getKey()).getGradient()) {
                        assertArrayEquals(floats(e.getValue()), gradient.toFloatArray(), 1e-4f, e.getKey());
                    }
                });
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"odd-sizes", "old-hub", "bare"})
    void theSameTokensAreGenerated(String name) throws Exception {
        JsonNode expected = expected(name);
        try (TransformerModel model = load(name);
                NDManager scope = model.newScope()) {
            HiddenStates states = model.embed(batch(expected), Pass.inference(scope));
            Marian marian = (Marian) model;
            for (int beams : new int[] {1, 3, 4}) {
                List<int[]> made = marian.translate(states, marian.generation().withBeams(beams), scope);
                for (int row = 0; row < made.size(); row++) {
                    int[] reference = ids(expected.at("/generated/" + beams + "/" + row));
                    assertArrayEquals(reference, made.get(row), beams + " beams, row " + row);
                }
            }
        }
    }
}
