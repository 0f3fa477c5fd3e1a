package ffmerge.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ffmerge.Progress;
import ffmerge.data.Batch;
import ffmerge.fixture.Shrinks;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.merge.MergePlan;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InputsTest {
    /** What the parameters collect, whatever happens between the forward and the backward pass. */
    private static Map<String, float[]> gradients(TransformerModel model, Batch batch, Runnable between) {
        Map<String, NDArray> parameters = model.parameters().learned();
        parameters.values().forEach(p -> p.setRequiresGradient(true));
        Map<String, float[]> found = new LinkedHashMap<>();
        try (NDManager scope = model.newScope();
                GradientCollector collector = Engine.getEngine(Torch.ENGINE).newGradientCollector()) {
            NDArray loss = model.loss(batch, Pass.training(scope, 0.1));
            between.run();
            collector.backward(loss);
        }
        parameters.forEach((name, parameter) -> {
            try (NDArray gradient = parameter.getGradient()) {
                found.put(name, gradient.toFloatArray());
                gradient.subi(gradient);
            }
        });
        return found;
    }

    /** Frees every buffer that Java has no use for, and has zeros written where they were. */
    private static void collectGarbage() {
        List<ByteBuffer> others = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            System.gc();
            for (int bytes = 8; bytes <= 4096; bytes += 8) {
                for (int i = 0; i < 8; i++) {
                    others.add(ByteBuffer.allocateDirect(bytes));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2/prefixed", "vit/oblong", "marian/odd-sizes", "gated/mistral"})
    void gradientsNeedNothingThatJavaMayFree(String name) {
        SmallCheckpoint checkpoint = new SmallCheckpoint(name);
        try (TransformerModel model = checkpoint.load(Precision.FLOAT32)) {
            Map<String, float[]> expected = gradients(model, checkpoint.batch(), () -> {});
            Map<String, float[]> found = gradients(model, checkpoint.batch(), InputsTest::collectGarbage);
            expected.forEach((tensor, values) -> assertArrayEquals(values, found.get(tensor), 1e-6f, tensor));
        }
    }

    @Test
    void aModelOutlivesTheOneThatItSharesPositionsWith() {
        SmallCheckpoint checkpoint = new SmallCheckpoint("marian/bare"); // whose file has no positions
        MergePlan none = new MergePlan(List.of(), MergePlan.Alignment.NONE, 0);
        TransformerModel model = checkpoint.load(Precision.FLOAT32);
        try (TransformerModel same =
                Shrinks.merge(model, none, null, 1, Progress.NONE).model()) {
            float[] before = losses(same, checkpoint.batch());
            model.close();
            collectGarbage();
            assertArrayEquals(before, losses(same, checkpoint.batch()));
        }
    }

    private static float[] losses(TransformerModel model, Batch batch) {
        try (NDManager scope = model.newScope()) {
            return model.loss(batch, Pass.training(scope, 0)).toFloatArray();
        }
    }
}
