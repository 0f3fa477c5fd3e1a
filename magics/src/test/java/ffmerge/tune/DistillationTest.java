package ffmerge.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Progress;
import ffmerge.data.Batch;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.fixture.TinyGpt2;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.SoftTargets;
import ffmerge.model.SublayerObserver;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Kernels;
import ffmerge.torch.Precision;
import ffmerge.torch.Torch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Against what torch computes; {@code resources/distillation/generate.py} made the values. */
class DistillationTest {
    private static final JsonNode CASES = cases();

    @TempDir
    private Path folder;

    private static JsonNode cases() {
        try (InputStream in = DistillationTest.class.getResourceAsStream("/distillation/cases.json")) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<JsonNode> plain() {
        return CASES.get("plain").findParents("targets");
    }

    private static float[] floats(JsonNode list) {
        float[] values = new float[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) list.get(i).asDouble();
        }
        return values;
    }

    @ParameterizedTest
    @MethodSource("plain")
    void lossAndGradientOfScores(JsonNode given) {
        Torch.start();
        try (NDManager scope = Torch.newScope(Device.cpu())) {
            NDArray logits = scope.create(floats(given.get("logits")), new Shape(6, 5));
            NDArray teacher = scope.create(floats(given.get("teacher")), new Shape(6, 5));
            NDArray targets = scope.create(floats(given.get("targets"))).toType(DataType.INT64, false);
            logits.setRequiresGradient(true);
            try (GradientCollector gradients = Engine.getEngine(Torch.ENGINE).newGradientCollector()) {
                NDArray loss = Kernels.run(
                        scope,
                        true,
                        "distilled_loss",
                        logits,
                        targets,
                        given.get("smoothing").asDouble(),
                        teacher,
                        given.get("temperature").asDouble(),
                        given.get("weight").asDouble());
                gradients.backward(loss);
                double expected = given.get("loss").asDouble();
                assertEquals(expected, loss.getFloat(), 1e-5 * Math.max(1, Math.abs(expected)));
            }
            assertArrayEquals(
                    floats(given.get("gradient")), logits.getGradient().toFloatArray(), 1e-5f);
        }
    }

    @ParameterizedTest
    @CsvSource({"gpt2/prefixed", "gated/llama-shared-keys", "vit/oblong", "marian/odd-sizes"})
    void lossAndGradientsThroughTheModel(String name) {
        JsonNode given = CASES.get("models").get(name);
        SmallCheckpoint checkpoint = new SmallCheckpoint(name);
        for (boolean recompute : new boolean[] {false, true}) {
            try (TransformerModel model = checkpoint.load(Precision.FLOAT32);
                    NDManager scope = model.newScope()) {
                model.parameters().learned().values().forEach(p -> p.setRequiresGradient(true));
                SoftTargets targets = new SoftTargets(
                        sines(model, checkpoint.batch()).onto(scope),
                        given.get("temperature").asDouble(),
                        given.get("weight").asDouble());
                Pass pass = new Pass(
                                scope,
                                false,
                                true,
                                SublayerObserver.NOBODY,
                                given.get("smoothing").asDouble(),
                                Precision.FLOAT32,
                                0)
                        .taughtBy(targets);
                NDArray loss = Backward.of(model, checkpoint.batch(), pass, 1, recompute);
                assertEquals(given.get("loss").asDouble(), loss.getFloat(), 2e-5);
                given.get("gradients").properties().forEach(gradient -> {
                    float[] expected = floats(gradient.getValue());
                    float largest = 1;
                    for (float value : expected) {
                        largest = Math.max(largest, Math.abs(value));
                    }
                    try (NDArray own =
                            model.parameters().learned().get(gradient.getKey()).getGradient()) {
                        assertArrayEquals(expected, own.toFloatArray(), 2e-5f * largest, gradient.getKey());
                    }
                });
            }
        }
    }

    /** 3 sin(0.7 i) at place i, in the shape of the model's scores. */
    private record Sines(float[] values, Shape shape) {
        NDArray onto(NDManager scope) {
            return scope.create(values, shape);
        }
    }

    private static Sines sines(TransformerModel model, Batch batch) {
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope);
            HiddenStates last = model.advance(model.embed(batch, pass), model.layers(), pass);
            Shape shape = SoftTargets.logits(model, last, pass).getShape();
            float[] values = new float[Math.toIntExact(shape.size())];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (3 * Math.sin(0.7 * i));
            }
            return new Sines(values, shape);
        }
    }

    /** The loss of a batch, and what the parameters collect for it. */
    private static Map<String, float[]> gradients(
            TransformerModel model, Batch batch, Optional<Distillation> distillation) {
        TuneSettings settings = new TuneSettings(1, 1, 1, 1e-3, 0, 0, 0, 0, 1, 1, 5);
        return CollectedGradients.of(model, List.of(batch), settings, Execution.PLAIN, distillation);
    }

    private TransformerModel tiny(int layers, long seed, String name) {
        Path own = new TinyGpt2(layers).seed(seed).writeTo(folder.resolve(name));
        return TransformerModel.load(own, Device.cpu(), Progress.NONE);
    }

    @Test
    void aTeacherWithoutAShareChangesNothing() {
        try (TransformerModel student = tiny(2, 1, "student");
                TransformerModel teacher = tiny(3, 2, "teacher")) {
            Batch batch = student.noise(32, 1);
            Map<String, float[]> alone = gradients(student, batch, Optional.empty());
            Map<String, float[]> taught = gradients(student, batch, Optional.of(new Distillation(teacher, 2, 0)));
            alone.forEach((name, values) -> assertArrayEquals(values, taught.get(name), 1e-6f, name));
        }
    }

    @Test
    void whoKnowsAllThatTheTeacherKnowsLearnsNothing() {
        try (TransformerModel student = tiny(2, 1, "same");
                TransformerModel teacher = tiny(2, 1, "same")) {
            Batch batch = student.noise(32, 1);
            gradients(student, batch, Optional.of(new Distillation(teacher, 3, 1)))
                    .forEach((name, values) -> assertArrayEquals(new float[values.length], values, 1e-5f, name));
        }
    }

    @Test
    void theTeacherGetsNoGradientAndStaysAsItIs() {
        try (TransformerModel student = tiny(2, 1, "student");
                TransformerModel teacher = tiny(3, 2, "teacher")) {
            Map<String, float[]> before = values(teacher);
            Map<String, float[]> taught =
                    gradients(student, student.noise(32, 1), Optional.of(new Distillation(teacher, 2, 0.5)));
            assertTrue(taught.get("loss")[0] > 0);
            teacher.parameters().learned().values().forEach(p -> assertTrue(!p.hasGradient()));
            values(teacher).forEach((name, values) -> assertArrayEquals(before.get(name), values, name));
        }
    }

    private static Map<String, float[]> values(TransformerModel model) {
        Map<String, float[]> values = new LinkedHashMap<>();
        model.parameters().learned().forEach((name, array) -> values.put(name, array.toFloatArray()));
        return values;
    }

    @Test
    void whatIsNoShareOrNoTemperatureIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Distillation(null, 0, 0.5));
        assertThrows(IllegalArgumentException.class, () -> new Distillation(null, 1, 1.5));
    }
}
