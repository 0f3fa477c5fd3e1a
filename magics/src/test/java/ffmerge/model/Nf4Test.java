package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.checkpoint.SafetensorsFile;
import ffmerge.torch.Torch;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** NF4 is bitsandbytes' to the bit; adapter/generate.py made what is compared with. */
class Nf4Test {
    /** Half of the widest gap between two values of the type. */
    private static final double HALF_A_GAP = 0.5 * (1 - 0.6961928);

    private NDManager manager;
    private Nf4.Tables tables;

    @BeforeEach
    void tables() {
        manager = Torch.newScope(Device.cpu());
        tables = Nf4.Tables.create(manager);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private Nf4 quantize(float[] values, long rows, long columns) {
        return Nf4.of(manager.create(values, new Shape(rows, columns)), false, tables, manager);
    }

    private static float[] values(Nf4 nf4) {
        float[] values = new float[Math.toIntExact(nf4.shape().size())];
        nf4.copyOut(0, FloatBuffer.wrap(values));
        return values;
    }

    private static float[] random(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (0.1 * random.nextGaussian());
        }
        return values;
    }

    private static float[] bytes(NDArray codes) {
        return codes.toType(DataType.FLOAT32, false).toFloatArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"small", "whole", "odd", "nested", "zeros"})
    void everyByteIsWhatBitsandbytesWrites(String name) throws Exception {
        Path file =
                Path.of(Nf4Test.class.getResource("/adapter/nf4.safetensors").toURI());
        try (SafetensorsFile expected = SafetensorsFile.open(file)) {
            List<Long> shape = expected.tensors().get(name + ".weight").shape();
            Nf4 nf4 = quantize(expected.read(name + ".weight"), shape.get(0), shape.get(1));
            assertArrayEquals(expected.read("codes"), tables.codes().toFloatArray());
            assertArrayEquals(expected.read(name + ".packed"), bytes(nf4.packed()));
            assertEquals(expected.read(name + ".scale_mean")[0], nf4.scaleMean().getFloat(), 1e-8f);
            if (expected.read(name + ".scale_maxima")[0] > 0) { // any code times zero is the same
                assertArrayEquals(expected.read(name + ".scales"), bytes(nf4.scales()));
            }
            assertArrayEquals(
                    expected.read(name + ".scale_maxima"), nf4.scaleMaxima().toFloatArray(), 1e-8f);
            if (expected.tensors().containsKey(name + ".values")) {
                assertArrayEquals(expected.read(name + ".values"), values(nf4), 1e-8f);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "1, 63", "1, 64", "1, 65", "7, 9", "3, 129", "70, 300", "1, 16384", "129, 129"})
    void anyNumberOfValuesComesBackWithinItsBlocksError(int rows, int columns) {
        float[] weight = random(rows * columns, 31 * rows + columns);
        float[] back = values(quantize(weight, rows, columns));
        double largestOfAll = 0;
        for (float value : weight) {
            largestOfAll = Math.max(largestOfAll, Math.abs(value));
        }
        for (int block = 0; block < weight.length; block += 64) {
            double largest = 0;
            int end = Math.min(weight.length, block + 64);
            for (int i = block; i < end; i++) {
                largest = Math.max(largest, Math.abs(weight[i]));
            }
            // of the 8-bit scales no gap is wider than a hundredth of the largest deviation
            double ofScale = 0.01 * largestOfAll;
            for (int i = block; i < end; i++) {
                assertEquals(weight[i], back[i], HALF_A_GAP * largest + ofScale, "element " + i);
            }
        }
    }

    @Test
    void quantizingWhatCameBackChangesNothing() {
        float[] once = values(quantize(random(64 * 300, 5), 300, 64));
        float[] twice = values(quantize(once, 300, 64));
        float[] thrice = values(quantize(twice, 300, 64));
        // scales are rounded once more, by less than a code's width; the packed values stay
        assertArrayEquals(
                bytes(quantize(once, 300, 64).packed()),
                bytes(quantize(twice, 300, 64).packed()));
        double change = 0;
        for (int i = 0; i < once.length; i++) {
            change = Math.max(change, Math.abs(twice[i] - thrice[i]));
        }
        assertTrue(change < 2e-3, "moved by " + change);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "63, 2", "64, 64", "100, 500", "0, 4653", "4652, 1"})
    void anyPartIsReadAsOfTheWhole(int from, int count) {
        Nf4 nf4 = quantize(random(4653, 9), 47, 99);
        float[] part = new float[count];
        nf4.copyOut(from, FloatBuffer.wrap(part));
        assertArrayEquals(Arrays.copyOfRange(values(nf4), from, from + count), part);
    }

    /** Large weights are done part by part. */
    @Test
    void blocksKnowNothingOfEachOther() {
        float[] weight = random(700 * 801, 4);
        float[] whole = bytes(quantize(weight, 700, 801).packed());
        for (int from : new int[] {0, 262144 - 64 * 9, 262144, 64 * 8000}) {
            int count = Math.min(64 * 20, weight.length - from);
            float[] part = Arrays.copyOfRange(weight, from, from + count);
            assertArrayEquals(
                    bytes(quantize(part, 1, count).packed()),
                    Arrays.copyOfRange(whole, from / 2, from / 2 + count / 2));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 5", "47, 99", "64, 257", "700, 801"})
    void bytesAreKnownBeforehand(int outputs, int inputs) {
        assertEquals(quantize(random(outputs * inputs, 5), outputs, inputs).bytes(), Nf4.FORM.bytes(outputs, inputs));
    }

    @Test
    void aParameterTakes4Point127Bits() {
        assertEquals(
                1024 * 1024 / 2 + 1024 * 1024 / 64 + 4 * (1024 * 1024 / 64 / 256) + 4,
                quantize(random(1 << 20, 2), 1024, 1024).bytes());
    }
}
