package ffmerge.checkpoint;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The forms in which GGUF files hold numbers, as far as they are read here: in blocks, each with a scale of its own. */
public enum GgufType implements NumberType {
    F32(0, 1, 4, "float32"),
    F16(1, 1, 2, "float16"),
    Q4_0(2, 32, 18, "q4_0"),
    Q4_1(3, 32, 20, "q4_1"),
    Q8_0(8, 32, 34, "q8_0"),
    BF16(30, 1, 2, "bfloat16");

    private static final Map<Integer, String> OTHERS = Map.ofEntries(
            Map.entry(6, "q5_0"),
            Map.entry(7, "q5_1"),
            Map.entry(9, "q8_1"),
            Map.entry(10, "q2_K"),
            Map.entry(11, "q3_K"),
            Map.entry(12, "q4_K"),
            Map.entry(13, "q5_K"),
            Map.entry(14, "q6_K"),
            Map.entry(15, "q8_K"),
            Map.entry(16, "iq2_xxs"),
            Map.entry(17, "iq2_xs"),
            Map.entry(18, "iq3_xxs"),
            Map.entry(19, "iq1_s"),
            Map.entry(20, "iq4_nl"),
            Map.entry(21, "iq3_s"),
            Map.entry(22, "iq2_s"),
            Map.entry(23, "iq4_xs"),
            Map.entry(24, "int8"),
            Map.entry(25, "int16"),
            Map.entry(26, "int32"),
            Map.entry(27, "int64"),
            Map.entry(28, "float64"),
            Map.entry(29, "iq1_m"),
            Map.entry(34, "tq1_0"),
            Map.entry(35, "tq2_0"),
            Map.entry(39, "mxfp4"));

    private final int number;
    private final int blockElements;
    private final int blockBytes;
    private final String label;

    GgufType(int number, int blockElements, int blockBytes, String label) {
        this.number = number;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
        this.label = label;
    }

    static Optional<GgufType> of(int number) {
        return Arrays.stream(values()).filter(type -> type.number == number).findFirst();
    }

    /** What such a type is called, known here or not. */
    static String named(int number) {
        return of(number).map(GgufType::label).orElse(OTHERS.getOrDefault(number, "number " + number));
    }

    /** The types that are read, in words. */
    static String known() {
        return Arrays.stream(values()).map(GgufType::label).collect(Collectors.joining(", "));
    }

    public int number() {
        return number;
    }

    @Override
    public String label() {
        return label;
    }

    /** Values that share a scale; rows are whole blocks. */
    public int blockElements() {
        return blockElements;
    }

    public int blockBytes() {
        return blockBytes;
    }

    /** The type that plain numbers of a type have. */
    public static GgufType of(DType dtype) {
        return Arrays.stream(values())
                .filter(type -> type.plainly().filter(dtype::equals).isPresent())
                .findFirst()
                .orElse(F32);
    }

    /** The type of plain numbers that this is; empty where numbers share scales. */
    public Optional<DType> plainly() {
        return blockElements == 1 ? Optional.of(plain()) : Optional.empty();
    }

    /** The type of plain numbers that holds all of the values exactly. */
    DType plain() {
        return switch (this) {
            case F16 -> DType.F16;
            case BF16 -> DType.BF16;
            default -> DType.F32;
        };
    }

    /** Converts a whole number of blocks; both are at their starts, {@code from} is little-endian. */
    void decode(ByteBuffer from, FloatBuffer into) {
        switch (this) {
            case F32, F16, BF16 -> plain().decode(from, into);
            case Q8_0 -> {
                while (into.hasRemaining()) {
                    float scale = Float16.toFloat(from.getShort());
                    for (int i = 0; i < blockElements; i++) {
                        into.put(scale * from.get());
                    }
                }
            }
            case Q4_0 -> {
                while (into.hasRemaining()) {
                    decodeHalves(from, Float16.toFloat(from.getShort()), 0, 8, into);
                }
            }
            case Q4_1 -> {
                while (into.hasRemaining()) {
                    float scale = Float16.toFloat(from.getShort());
                    decodeHalves(from, scale, Float16.toFloat(from.getShort()), 0, into);
                }
            }
        }
    }

    /** The low halves of a block's bytes are its first values, the high halves the others. */
    private void decodeHalves(ByteBuffer from, float scale, float least, int zero, FloatBuffer into) {
        int half = blockElements / 2;
        int start = into.position();
        for (int i = 0; i < half; i++) {
            int both = Byte.toUnsignedInt(from.get());
            into.put(start + i, scale * ((both & 0xf) - zero) + least);
            into.put(start + half + i, scale * ((both >>> 4) - zero) + least);
        }
        into.position(start + blockElements);
    }

    @Override
    public float largest() {
        return this == Q8_0 ? 127 * DType.F16.largest() : plain().largest(); // a block's scale is float16
    }

    /** @throws IllegalArgumentException of a type that is only read */
    @Override
    public void encode(FloatBuffer from, ByteBuffer into) {
        switch (this) {
            case F32, F16, BF16 -> plain().encode(from, into);
            case Q8_0 -> {
                float[] block = new float[blockElements];
                while (from.hasRemaining()) {
                    from.get(block);
                    encodeBytes(block, into);
                }
            }
            default -> throw new IllegalArgumentException(label + " is only read");
        }
    }

    /** As the format's own library rounds: half away from zero, by the scale before it is rounded itself. */
    private static void encodeBytes(float[] block, ByteBuffer into) {
        float largest = 0;
        for (float value : block) {
            largest = Math.max(largest, Math.abs(value));
        }
        float scale = largest / 127;
        float inverse = scale == 0 ? 0 : 1 / scale;
        into.putShort(Float16.fromFloat(scale));
        for (float value : block) {
            float scaled = value * inverse;
            into.put((byte) (Math.signum(scaled) * (float) Math.floor(Math.abs(scaled) + 0.5f)));
        }
    }
}
