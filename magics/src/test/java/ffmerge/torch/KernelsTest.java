package ffmerge.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.ScriptMethod;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KernelsTest {
    private static final int ROWS = 70;
    private static final int IN = 300;
    private static final int OUT = 1100; // more than the columns that a product takes at a time

    /** As they are for a libtorch that was built without oneDNN. */
    private static PtSymbolBlock withoutOneDnn() {
        return Kernels.load(
                "Kernels", Precision.FLOAT32, Kernels.text("kernels.py") + Kernels.text("onednn-missing.py"));
    }

    @ParameterizedTest(name = "{0} rows, {1} -> {2}, turned {3}, gradient {4}: {5}")
    @CsvSource({
        "1024, 768, 3072, true, false, true",
        "1024, 3072, 768, true, false, true", // fewer outputs than inputs
        "1, 768, 768, true, false, true",
        "32, 96, 384, true, false, false", // a call takes longer than the product
        "1024, 768, 3072, true, true, false", // it has no gradient
        "2, 768, 768, false, false, true",
        "512, 768, 768, false, false, false",
        "2048, 768, 3072, false, false, true"
    })
    void oneDnnMultipliesWhereItIsFaster(int rows, int in, int out, boolean turned, boolean gradient, boolean expected)
            throws Exception {
        PtSymbolBlock kernels =
                Kernels.load("Kernels", Precision.FLOAT32, Kernels.text("kernels.py") + Kernels.text("onednn.py"));
        AutoCloseable recording = gradient ? Engine.getEngine(Torch.ENGINE).newGradientCollector() : () -> {};
        try (kernels;
                recording;
                NDManager scope = Torch.newScope(Device.cpu())) {
            NDArray x = scope.zeros(new Shape(rows, in));
            NDArray weight = turned ? scope.zeros(new Shape(in, out)).transpose() : scope.zeros(new Shape(out, in));
            try (IValue a = IValue.from((PtNDArray) x);
                    IValue b = IValue.from((PtNDArray) weight);
                    IValue result = ScriptMethod.run(kernels, "by_onednn", gradient, a, b)) {
                assertEquals(expected, result.toBoolean());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"gelu_new, true", "gelu, false", "silu, true", "relu, false"})
    void activationsAreTheSameWithoutOneDnn(String activation, boolean isTurned) {
        try (PtSymbolBlock plain = withoutOneDnn();
                NDManager scope = Torch.newScope(Device.cpu())) {
            NDArray x = scope.randomNormal(new Shape(ROWS, IN));
            NDArray weight = scope.randomNormal(isTurned ? new Shape(IN, OUT) : new Shape(OUT, IN));
            Map<String, PtNDArray> map = Map.of(isTurned ? "turned" : "weight", (PtNDArray) weight, "bias", (PtNDArray)
                    scope.randomNormal(new Shape(OUT)));

            NDArray fused = Kernels.run(scope, false, "activated", x, map, activation);

            try (IValue a = IValue.from((PtNDArray) x);
                    IValue b = IValue.stringMapFrom(map);
                    IValue c = IValue.from(activation);
                    IValue result = ScriptMethod.run(plain, "activated", false, a, b, c)) {
                NDArray expected = result.toTensor((PtNDManager) scope);
                assertArrayEquals(expected.toFloatArray(), fused.toFloatArray(), 1e-4f); // of sums of 300, up to 70
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 512, 513, OUT})
    void productsInPartsAreTheSameWithoutOneDnn(int columns) {
        try (PtSymbolBlock plain = withoutOneDnn();
                NDManager scope = Torch.newScope(Device.cpu())) {
            NDArray x = scope.randomNormal(new Shape(IN, ROWS));
            NDArray y = scope.randomNormal(new Shape(ROWS, columns));
            NDArray sum = scope.ones(new Shape(IN, columns), DataType.FLOAT64);
            NDArray same = sum.duplicate();

            Kernels.execute("add_turned_product", sum, x, y);

            try (IValue a = IValue.from((PtNDArray) same);
                    IValue b = IValue.from((PtNDArray) x);
                    IValue c = IValue.from((PtNDArray) y)) {
                ScriptMethod.run(plain, "add_turned_product", false, a, b, c).close();
            }
            assertArrayEquals(same.toDoubleArray(), sum.toDoubleArray(), 1e-4);
            NDArray wanted = x.toType(DataType.FLOAT64, true)
                    .matMul(y.toType(DataType.FLOAT64, true))
                    .add(1);
            assertArrayEquals(wanted.toDoubleArray(), sum.toDoubleArray(), 1e-4);
        }
    }

    /** A place that sees nothing gets nothing, in training too, and a dropout of all leaves nothing. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.5, 1})
    void whatSeesNothingGetsNothing(double dropout) {
        try (NDManager scope = Torch.newScope(Device.cpu())) {
            NDArray x = scope.randomNormal(new Shape(1, 2, 3, 4));
            NDArray mask = scope.create(new boolean[] {false, false, false, true, true, true, true, true, true})
                    .reshape(1, 1, 3, 3);

            float[] seen = Kernels.run(scope, false, "weighed", x, x, x, mask, false, 0.5, dropout, 0.0)
                    .toFloatArray();

            for (int i = 0; i < seen.length; i++) {
                if (i % 12 < 4 || dropout == 1) { // of each head's three places of four values the first
                    assertEquals(0, seen[i], "value " + i);
                } else if (dropout == 0) {
                    assertNotEquals(0, seen[i], "value " + i);
                }
            }
        }
    }
}
