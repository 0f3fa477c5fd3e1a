package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.architecture.ModelTensor;
import ffmerge.data.TranslationBatch;
import ffmerge.fixture.AdapterCase;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.torch.Precision;
import ffmerge.torch.Torch;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Small encoder–decoders, each odd in its own way, compute what transformers computes; marian/generate.py and
 * seq2seq/generate.py among the resources made them.
 */
class EncoderDecoderAgreementTest {
    static Stream<SmallCheckpoint> checkpoints() {
        return Stream.of(
                        "marian/odd-sizes",
                        "marian/old-hub",
                        "marian/bare",
                        "seq2seq/bart",
                        "seq2seq/bart-bare",
                        "seq2seq/mbart",
                        "seq2seq/mbart-untied",
                        "seq2seq/m2m100",
                        "seq2seq/t5",
                        "seq2seq/t5-gated",
                        "seq2seq/mt5")
                .map(SmallCheckpoint::new);
    }

    private static int[] ids(JsonNode numbers) {
        int[] ids = new int[numbers.size()];
        Arrays.setAll(ids, i -> numbers.get(i).asInt());
        return ids;
    }

    @ParameterizedTest
    @MethodSource("checkpoints")
    void logitsOfAllTargetsAreTheSame(SmallCheckpoint small) {
        JsonNode expected = small.expected();
        TranslationBatch batch = (TranslationBatch) small.batch();
        try (TransformerModel model = small.load(Precision.FLOAT32);
                NDManager scope = model.newScope()) {
            assertEquals(expected.get("parameters").asLong(), model.parameters().count());
            Pass pass = Pass.inference(scope);
            HiddenStates last = model.advance(model.embed(batch, pass), model.layers(), pass);
            NDArray logits = ((EncoderDecoder) model).logits(last, pass);
            NDArray counted = pass.run("rows", logits, scope.create(batch.targetPlaces()));
            assertArrayEquals(AdapterCase.floats(expected.get("logits")), counted.toFloatArray(), 1e-4f);
        }
    }

    @ParameterizedTest
    @MethodSource("checkpoints")
    void lossesAndGradientsAreTheSame(SmallCheckpoint small) {
        JsonNode expected = small.expected();
        try (TransformerModel model = small.load(Precision.FLOAT32)) {
            Map<String, NDArray> parameters = model.parameters().learned();
            parameters.values().forEach(parameter -> parameter.setRequiresGradient(true));
            assertTrue(model.architecture().tensors().stream()
                    .noneMatch(t -> t.kind() != ModelTensor.Kind.LEARNED && parameters.containsKey(t.name())));
            try (NDManager scope = model.newScope();
                    GradientCollector collector = Engine.getEngine(Torch.ENGINE).newGradientCollector()) {
                NDArray plain = model.loss(small.batch(), Pass.inference(scope));
                assertEquals(expected.get("loss").asDouble(), plain.getFloat(), 1e-5);
                NDArray loss = model.loss(small.batch(), Pass.training(scope, 0.1));
                assertEquals(expected.get("smoothedLoss").asDouble(), loss.getFloat(), 1e-5);
                collector.backward(loss);
                expected.get("gradients").properties().forEach(e -> {
                    try (NDArray gradient = parameters.get(e.getKey()).getGradient()) {
                        assertArrayEquals(AdapterCase.floats(e.getValue()), gradient.toFloatArray(), 1e-4f, e.getKey());
                    }
                });
            }
        }
    }

    @ParameterizedTest
    @MethodSource("checkpoints")
    void theSameTokensAreGenerated(SmallCheckpoint small) {
        JsonNode expected = small.expected();
        try (TransformerModel model = small.load(Precision.FLOAT32);
                NDManager scope = model.newScope()) {
            HiddenStates states = model.embed(small.batch(), Pass.inference(scope));
            EncoderDecoder translator = (EncoderDecoder) model;
            for (int beams : new int[] {1, 3, 4}) {
                List<int[]> made =
                        translator.translate(states, translator.generation().withBeams(beams), scope);
                for (int row = 0; row < made.size(); row++) {
                    int[] reference = ids(expected.at("/generated/" + beams + "/" + row));
                    assertArrayEquals(reference, made.get(row), beams + " beams, row " + row);
                }
            }
        }
    }

    /** In fewer bits the numbers are near, and the same searches run. */
    @ParameterizedTest
    @MethodSource("checkpoints")
    void matricesMayBeHeldInBfloat16(SmallCheckpoint small) {
        TranslationBatch batch = (TranslationBatch) small.batch();
        try (TransformerModel model = small.load(Precision.BFLOAT16);
                NDManager scope = model.newScope()) {
            float loss = model.loss(batch, Pass.inference(scope)).getFloat();
            double exact = small.expected().get("loss").asDouble();
            assertEquals(exact, loss, 0.05 * exact);
            HiddenStates states = model.embed(batch, Pass.inference(scope));
            EncoderDecoder translator = (EncoderDecoder) model;
            assertEquals(
                    batch.rows(),
                    translator
                            .translate(states, translator.generation().withBeams(4), scope)
                            .size());
        }
    }
}
