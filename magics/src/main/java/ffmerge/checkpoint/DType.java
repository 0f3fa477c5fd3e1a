package ffmerge.checkpoint;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/** Element types of stored tensors, under the names that safetensors gives them. */
public enum DType {
    F64(8, "float64"),
    F32(4, "float32"),
    F16(2, "float16"),
    BF16(2, "bfloat16"),
    I64(8, "int64"),
    I32(4, "int32"),
    I16(2, "int16"),
    I8(1, "int8"),
    U8(1, "uint8"),
    BOOL(1, "bool");

    private final int bytes;
    private final String label;

    DType(int bytes, String label) {
        this.bytes = bytes;
        this.label = label;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** The name that PyTorch and people use: {@code float16}. */
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

    /** Appends {@code from.remaining()} elements, rounded to nearest even, to {@code into}. */
    void encode(FloatBuffer from, ByteBuffer into) {
        int count = from.remaining();
        switch (this) {
            case F32 -> {
                into.asFloatBuffer().put(from);
                into.position(into.position() + count * bytes);
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
