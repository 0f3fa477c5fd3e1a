package ffmerge.checkpoint;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * Element types of stored tensors, under the names that safetensors gives them. Those that {@link #isFloating} leaves out
 * are known by their size alone: a file may hold them beside its weights.
 */
public enum DType implements NumberType {
    F64(64, "float64"),
    F32(32, "float32"),
    F16(16, "float16"),
    BF16(16, "bfloat16"),
    I64(64, "int64"),
    I32(32, "int32"),
    I16(16, "int16"),
    I8(8, "int8"),
    U64(64, "uint64"),
    U32(32, "uint32"),
    U16(16, "uint16"),
    U8(8, "uint8"),
    BOOL(8, "bool"),
    C128(128, "complex128"),
    C64(64, "complex64"),
    C32(32, "complex32"),
    F8_E4M3(8, "float8_e4m3fn"),
    F8_E4M3FNUZ(8, "float8_e4m3fnuz"),
    F8_E5M2(8, "float8_e5m2"),
    F8_E5M2FNUZ(8, "float8_e5m2fnuz"),
    F8_E8M0(8, "float8_e8m0fnu"),
    F6_E2M3(6, "float6_e2m3"),
    F6_E3M2(6, "float6_e3m2"),
    F4(4, "float4_e2m1");

    private final int bits;
    private final String label;

    DType(int bits, String label) {
        this.bits = bits;
        this.label = label;
    }

    /** Bits of one element. */
    int bits() {
        return bits;
    }

    /**
     * Bytes of one element.
     *
     * @throws IllegalStateException if elements share bytes
     */
    public int bytes() {
        if (bits % Byte.SIZE != 0) {
            throw new IllegalStateException(label + " elements share bytes");
        }
        return bits / Byte.SIZE;
    }

    /** The name that PyTorch uses too. */
    @Override
    public String label() {
        return label;
    }

    public boolean isFloating() {
        return this == F64 || this == F32 || this == F16 || this == BF16;
    }

    /** Converts {@code into.remaining()} elements of {@code from}, in its byte order, to float32. */
    void decode(ByteBuffer from, FloatBuffer into) {
        int count = into.remaining();
        switch (this) {
            case F32 -> into.put(from.asFloatBuffer().limit(count));
            case F16 -> {
                var bits = from.asShortBuffer();
                for (int i = 0; i < count; i++) {
                    into.put(Float16.toFloat(bits.get(i)));
                }
            }
            case BF16 -> {
                var bits = from.asShortBuffer();
                for (int i = 0; i < count; i++) {
                    into.put(Float.intBitsToFloat(bits.get(i) << 16));
                }
            }
            case I8 -> {
                for (int i = 0; i < count; i++) {
                    into.put(from.get(i));
                }
            }
            case U8 -> {
                for (int i = 0; i < count; i++) {
                    into.put(Byte.toUnsignedInt(from.get(i)));
                }
            }
            case F64 -> {
                var values = from.asDoubleBuffer();
                for (int i = 0; i < count; i++) {
                    into.put((float) values.get(i));
                }
            }
            default -> throw new IllegalArgumentException(label + " tensors hold no weights");
        }
    }

    /** One element as float32, counted from the start of {@code from}, in its byte order. */
    float at(ByteBuffer from, int element) {
        return switch (this) {
            case F32 -> from.getFloat(element * Float.BYTES);
            case F16 -> Float16.toFloat(from.getShort(element * Short.BYTES));
            case BF16 -> Float.intBitsToFloat(from.getShort(element * Short.BYTES) << 16);
            case F64 -> (float) from.getDouble(element * Double.BYTES);
            default -> throw new IllegalArgumentException(label + " tensors hold no weights");
        };
    }

    @Override
    public float largest() {
        return switch (this) {
            case F16 -> 65504;
            case BF16 -> 0x1.fep127f;
            default -> Float.MAX_VALUE;
        };
    }

    /** Rounds to nearest even; whole ones are bytes. */
    @Override
    public void encode(FloatBuffer from, ByteBuffer into) {
        int count = from.remaining();
        switch (this) {
            case F32 -> {
                into.asFloatBuffer().put(from);
                into.position(into.position() + count * bytes());
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    into.putShort(Float16.fromFloat(from.get()));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    into.putShort(toBfloat16(from.get()));
                }
            }
            case I8, U8 -> {
                for (int i = 0; i < count; i++) {
                    into.put((byte) (int) from.get());
                }
            }
            default ->
                throw new IllegalArgumentException("weights are saved as float32, float16 or bfloat16, not " + label);
        }
    }

    private static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40); // stays a NaN whatever is cut off
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }
}
