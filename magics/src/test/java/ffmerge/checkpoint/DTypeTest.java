package ffmerge.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DTypeTest {
    private static float decoded(DType dtype, int bits) {
        ByteBuffer bytes = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort(0, (short) bits);
        float[] value = new float[1];
        dtype.decode(bytes, FloatBuffer.wrap(value));
        return value[0];
    }

    private static int encoded(DType dtype, float value) {
        ByteBuffer bytes = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN);
        dtype.encode(FloatBuffer.wrap(new float[] {value}), bytes);
        return bytes.getShort(0) & 0xffff;
    }

    /** IEEE 754-2008, 3.4, word for word: sign, exponent biased by 15, ten digits behind the point. */
    private static double binary16(int bits) {
        int sign = bits >>> 15 == 0 ? 1 : -1;
        int exponent = (bits >>> 10) & 31;
        double fraction = (bits & 1023) / 1024.0;
        if (exponent == 31) {
            return fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
        }
        return exponent == 0 ? sign * fraction * Math.pow(2, -14) : sign * (1 + fraction) * Math.pow(2, exponent - 15);
    }

    @Test
    void everyFloat16HasTheValueThatTheStandardGivesIt() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            assertEquals((float) binary16(bits), decoded(DType.F16, bits), "bits " + Integer.toHexString(bits));
        }
    }

    @Test
    void everyFloat16SurvivesARoundTrip() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            if (!Double.isNaN(binary16(bits))) {
                assertEquals(bits, encoded(DType.F16, decoded(DType.F16, bits)));
            }
        }
    }

    @Test
    void everyBfloat16IsTheUpperHalfOfAFloatAndSurvivesARoundTrip() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = decoded(DType.BF16, bits);
            assertEquals(Float.intBitsToFloat(bits << 16), value);
            if (!Float.isNaN(value)) {
                assertEquals(bits, encoded(DType.BF16, value));
            }
        }
    }

    /** Between each two neighbours: the middle goes to the even one, what lies beside it to the nearer one. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void valuesBetweenNeighboursRoundToTheNearestAndTiesToTheEvenOne(DType dtype) {
        int infinity = dtype == DType.F16 ? 0x7c00 : 0x7f80;
        for (int sign : new int[] {0, 0x8000}) {
            for (int bits = 0; bits < infinity - 1; bits++) {
                int low = sign | bits;
                int high = sign | (bits + 1);
                double middle = ((double) decoded(dtype, low) + decoded(dtype, high)) / 2;
                float tie = (float) middle;
                assertEquals(middle, tie, "the middle is a float");
                boolean lowIsEven = (bits & 1) == 0;
                assertEquals(lowIsEven ? low : high, encoded(dtype, tie));
                float towardsZero = sign == 0 ? Math.nextDown(tie) : Math.nextUp(tie);
                float fromZero = sign == 0 ? Math.nextUp(tie) : Math.nextDown(tie);
                assertEquals(low, encoded(dtype, towardsZero));
                assertEquals(high, encoded(dtype, fromZero));
            }
        }
    }

    @Test
    void anyFloatBecomesTheNearestFloat16() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 1_000_000; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            if (Float.isNaN(value) || Math.abs(value) >= 65504) {
                continue;
            }
            int bits = encoded(DType.F16, value);
            BigDecimal error = distance(value, bits);
            assertTrue(error.compareTo(distance(value, Math.max(0, (bits & 0x7fff) - 1) | bits & 0x8000)) <= 0);
            assertTrue((bits & 0x7fff) == 0x7bff || error.compareTo(distance(value, bits + 1)) <= 0);
        }
    }

    private static BigDecimal distance(float value, int bits) {
        return new BigDecimal(binary16(bits)).subtract(new BigDecimal(value)).abs();
    }

    @ParameterizedTest
    @CsvSource({
        "F16, 65504, 7bff",
        "F16, 65519.996, 7bff",
        "F16, 65520, 7c00",
        "F16, -65520, fc00",
        "F16, Infinity, 7c00",
        "F16, 2.9802322e-8, 0",
        "F16, 2.9802326e-8, 1",
        "F16, -0.0, 8000",
        "F16, 6.1035156e-5, 400",
        "BF16, 3.3895314e38, 7f7f",
        "BF16, 3.4028235e38, 7f80",
        "BF16, -Infinity, ff80",
        "BF16, 1.0039062, 3f80"
    })
    void extremesAreEncodedAs(DType dtype, float value, String bits) {
        assertEquals(Integer.parseInt(bits, 16), encoded(dtype, value));
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void aNaNStaysOneWhateverItsBits(DType dtype) {
        for (int bits : new int[] {0x7f800001, 0x7fc00000, 0xff800001, 0x7fffffff, 0xffffffff}) {
            float nan = Float.intBitsToFloat(bits);
            assertTrue(Float.isNaN(decoded(dtype, encoded(dtype, nan))), Integer.toHexString(bits));
        }
    }

    @ParameterizedTest
    @EnumSource(
            names = {"F64", "F32", "F16", "BF16", "I8", "U8"},
            mode = EnumSource.Mode.EXCLUDE)
    void wideIntegersAreNoWeights(DType dtype) {
        ByteBuffer bytes = ByteBuffer.allocate(8);
        assertThrows(IllegalArgumentException.class, () -> dtype.decode(bytes, FloatBuffer.allocate(1)));
        assertThrows(IllegalArgumentException.class, () -> dtype.encode(FloatBuffer.allocate(1), bytes));
    }

    /** As weights in 8 bits and their parts are kept. */
    @ParameterizedTest
    @EnumSource(names = {"I8", "U8"})
    void everyByteIsAWholeNumberAndSurvivesARoundTrip(DType dtype) {
        for (int bits = 0; bits < 1 << 8; bits++) {
            float[] value = new float[1];
            dtype.decode(ByteBuffer.allocate(1).put(0, (byte) bits), FloatBuffer.wrap(value));
            assertEquals(dtype == DType.U8 ? bits : (byte) bits, value[0]);
            ByteBuffer encoded = ByteBuffer.allocate(1);
            dtype.encode(FloatBuffer.wrap(value), encoded);
            assertEquals((byte) bits, encoded.get(0));
        }
    }
}
