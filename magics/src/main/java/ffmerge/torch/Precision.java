package ffmerge.torch;

import ffmerge.UserError;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A type of floating-point numbers in which weights are held or products are done. Norms, softmax, losses and the sum that
 * runs through the layers are float32 in any case, as with {@code torch.autocast}.
 */
public enum Precision {
    /** 8 bits of exponent, 23 of fraction. */
    FLOAT32("float32", 6, 4),
    /** The upper half of a float32: its range, 7 bits of fraction. */
    BFLOAT16("bfloat16", 15, 2),
    /** 10 bits of fraction, but no number beyond 65,504 and little below 6e-8. */
    FLOAT16("float16", 5, 2);

    private final String label;
    private final int code;
    private final int bytes;

    Precision(String label, int code, int bytes) {
        this.label = label;
        this.code = code;
        this.bytes = bytes;
    }

    /** @throws UserError if there is none of this name */
    public static Precision parse(String label) {
        return Arrays.stream(values())
                .filter(p -> p.label.equals(label))
                .findFirst()
                .orElseThrow(() -> new UserError("a precision is "
                        + Arrays.stream(values()).map(p -> p.label).collect(Collectors.joining(", ")) + "; '" + label
                        + "' isn't"));
    }

    public String label() {
        return label;
    }

    /** What a result says of it: nothing of float32. */
    public String stated() {
        return this == FLOAT32 ? null : label;
    }

    /** The type's number in libtorch ({@code c10::ScalarType}), by which TorchScript names it. */
    int code() {
        return code;
    }

    /** Bytes of a number. */
    public int bytes() {
        return bytes;
    }
}
