package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import ffmerge.checkpoint.SafetensorsFile;
import ffmerge.torch.Kernels;
import ffmerge.torch.Torch;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights in int8 and their products are those of bitsandbytes' default back end; int8/generate.py made the values. */
class Int8Test {
    /** What bitsandbytes multiplies by for 1 / 127². */
    private static final double ITS_CONSTANT = 6.200124e-05;

    private NDManager manager;
    private SafetensorsFile expected;

    @BeforeEach
    void open() throws Exception {
        manager = Torch.newScope(Device.cpu());
        expected = SafetensorsFile.open(
                Path.of(Int8Test.class.getResource("/int8/products.safetensors").toURI()));
    }

    @AfterEach
    void close() {
        expected.close();
        manager.close();
    }

    private NDArray array(String name) {
        List<Long> shape = expected.tensors().get(name).shape();
        return manager.create(
                expected.read(name),
                new Shape(shape.stream().mapToLong(Long::longValue).toArray()));
    }

    private Weight rounded(WeightForm form, NDArray weight, boolean inputsFirst) {
        return form.packing(manager).rounded(weight, inputsFirst);
    }

    private NDArray product(NDArray x, Weight weight) {
        return Kernels.run(
                manager, false, "linear", x, Linear.of(weight, Optional.empty()).parts(false));
    }

    private static void assertClose(float[] wanted, float[] given, double tolerance) {
        double largest = 0;
        for (float value : wanted) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertArrayEquals(wanted, given, (float) (tolerance * largest + 1e-12));
    }

    @ParameterizedTest
    @ValueSource(strings = {"small", "odd", "wide", "outliers", "one-row"})
    void integersAreWhatBitsandbytesMakes(String name) {
        for (WeightForm form : List.of(Int8.FORM, Int8.WEIGHT_FORM)) {
            Int8 weight = (Int8) rounded(form, array(name + ".weight"), false);
            assertArrayEquals(
                    expected.read(name + ".integers"),
                    weight.integers().toType(DataType.FLOAT32, false).toFloatArray());
            assertArrayEquals(
                    expected.read(name + ".largest"), weight.scales().mul(127f).toFloatArray(), 1e-6f);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"small", "odd", "wide", "outliers", "zeros", "one-row"})
    void productsOfIntegersAreWhatBitsandbytesMakes(String name) {
        Weight weight = rounded(Int8.FORM, array(name + ".weight"), false);
        assertClose(
                expected.read(name + ".y"), product(array(name + ".x"), weight).toFloatArray(), 2e-6);
    }

    /** A weight that files have as [in, out] is turned first. */
    @Test
    void aTurnedWeightIsTheSame() {
        NDArray turned = array("odd.weight").transpose();
        for (WeightForm form : List.of(Int8.FORM, Int8.WEIGHT_FORM)) {
            Weight one = rounded(form, array("odd.weight"), false);
            Weight other = rounded(form, turned, true);
            assertEquals(new Shape(97, 31), other.shape());
            assertArrayEquals(
                    product(array("odd.x"), one).toFloatArray(),
                    product(array("odd.x"), other).toFloatArray());
            float[] values = new float[97 * 31];
            other.copyOut(0, FloatBuffer.wrap(values));
            float[] plain = new float[97 * 31];
            one.copyOut(0, FloatBuffer.wrap(plain));
            float[] part = new float[50];
            other.copyOut(31 * 5 + 3, FloatBuffer.wrap(part));
            for (int in = 0; in < 97; in++) {
                for (int out = 0; out < 31; out++) {
                    assertEquals(plain[out * 97 + in], values[in * 31 + out]);
                }
            }
            for (int i = 0; i < part.length; i++) {
                assertEquals(values[31 * 5 + 3 + i], part[i]);
            }
        }
    }

    @Test
    void productsInFloatsAreThoseOfTheRoundedWeight() {
        Weight weight = rounded(Int8.WEIGHT_FORM, array("odd.weight"), false);
        float[] values = new float[97 * 31];
        weight.copyOut(0, FloatBuffer.wrap(values));
        float[] by = product(array("odd.x"), weight).toFloatArray();
        float[] x = expected.read("odd.x");
        for (int row = 0; row < 5; row++) {
            for (int out = 0; out < 31; out++) {
                double sum = 0;
                for (int in = 0; in < 97; in++) {
                    sum += (double) x[row * 97 + in] * values[out * 97 + in];
                }
                assertEquals(sum, by[row * 31 + out], 1e-5);
            }
        }
    }

    /** However wide a map is, no sum of products loses a digit: float32 alone would from 1,040 on. */
    @Test
    void sumsOfWholeNumbersAreExact() {
        int inputs = 40_001;
        SplittableRandom random = new SplittableRandom(3);
        float[] x = new float[inputs];
        float[] w = new float[inputs];
        long sum = 0;
        for (int i = 0; i < inputs; i++) {
            int a = i == 0 ? 127 : random.nextInt(90, 128);
            int b = i == 0 ? 127 : random.nextInt(90, 128);
            x[i] = a / 127f;
            w[i] = b;
            sum += (long) a * b;
        }
        Weight weight = rounded(Int8.FORM, manager.create(w, new Shape(1, inputs)), false);
        float y = product(manager.create(x, new Shape(1, inputs)), weight).getFloat();
        assertEquals(sum * 127 * ITS_CONSTANT, y, sum / 127. * 5e-7);
    }

    /** By the definition in float32, as numpy divides and rounds; {@code int8/weights.py} made the values. */
    @Test
    void weightsAloneAreDividedByTheirScaleAndRoundedToEven() throws Exception {
        JsonNode cases = new ObjectMapper()
                .readTree(
                        Path.of(Int8Test.class.getResource("/int8/weights.json").toURI())
                                .toFile());
        for (JsonNode each : cases) {
            ObjectMapper json = new ObjectMapper();
            float[] weight = json.convertValue(each.get("weight"), float[].class);
            Shape shape = new Shape(
                    each.get("rows").asInt(), weight.length / each.get("rows").asInt());
            Int8 rounded = (Int8) rounded(Int8.WEIGHT_FORM, manager.create(weight, shape), false);
            assertArrayEquals(
                    json.convertValue(each.get("integers"), float[].class),
                    rounded.integers().toType(DataType.FLOAT32, false).toFloatArray());
            assertArrayEquals(
                    json.convertValue(each.get("scales"), float[].class),
                    rounded.scales().toFloatArray());
        }
    }

    /** Half a step is rounded to the even neighbour. */
    @Test
    void halvesAreRoundedToEven() {
        NDArray halves = manager.create(new float[] {127, 0.5f, 1.5f, 2.5f, -0.5f, -3.5f}, new Shape(1, 6));
        for (WeightForm form : List.of(Int8.FORM, Int8.WEIGHT_FORM)) {
            Int8 weight = (Int8) rounded(form, halves, false);
            assertArrayEquals(
                    new float[] {127, 0, 2, 2, 0, -4},
                    weight.integers().toType(DataType.FLOAT32, false).toFloatArray());
        }
    }

    /** Rounding has no slope: what goes back is the gradient of the product in floats. */
    @ParameterizedTest
    @ValueSource(strings = {"odd", "outliers"})
    void gradientsPassTheRounding(String name) {
        Weight weight = rounded(Int8.FORM, array(name + ".weight"), false);
        int outputs = Math.toIntExact(weight.outputs());
        NDArray x = array(name + ".x");
        x.setRequiresGradient(true);
        float[] values = new float[Math.toIntExact(weight.shape().size())];
        weight.copyOut(0, FloatBuffer.wrap(values));
        try (GradientCollector gradients = Engine.getEngine(Torch.ENGINE).newGradientCollector()) {
            NDArray y = Kernels.run(
                    manager,
                    true,
                    "linear",
                    x,
                    Linear.of(weight, Optional.empty()).parts(true));
            assertClose(expected.read(name + ".y"), y.toFloatArray(), 2e-6);
            gradients.backward(y.sum());
        }
        float[] gradient = x.getGradient().toFloatArray();
        int inputs = values.length / outputs;
        for (int i = 0; i < gradient.length; i++) {
            double sum = 0;
            for (int out = 0; out < outputs; out++) {
                sum += values[out * inputs + i % inputs];
            }
            assertEquals(sum, gradient[i], 1e-5);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 5", "47, 99", "700, 801"})
    void bytesAreKnownBeforehand(int outputs, int inputs) {
        NDArray weight = manager.randomNormal(new Shape(outputs, inputs));
        for (WeightForm form : List.of(Int8.FORM, Int8.WEIGHT_FORM)) {
            Weight held = rounded(form, weight, false);
            assertEquals((long) outputs * inputs + 4L * outputs, form.bytes(outputs, inputs));
            assertEquals(form.bytes(outputs, inputs), held.bytes());
            assertTrue(
                    held.parts().values().stream().allMatch(a -> a.getManager().isOpen()));
        }
    }

    /** What isn't a number stays so, however it is rounded. */
    @Test
    void whatIsNoNumberIsNotRoundedToOne() {
        NDArray x = array("wide.x");
        x.set(new ai.djl.ndarray.index.NDIndex(1, 2), Float.NaN);
        float[] y = product(x, rounded(Int8.FORM, array("wide.weight"), false)).toFloatArray();
        assertTrue(Float.isNaN(y[7]));
        assertTrue(Float.isFinite(y[0]));
    }
}
