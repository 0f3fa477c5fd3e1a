package ffmerge.activation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A batch's values some rows at a time, so that what is made of them stays small enough for the allocator to use again: larger arrays
 * would be new memory each time, which the system has to clear.
 */
public final class RowBlocks {
    /** Sums in float32 run over so many. */
    private static final int ROWS = 1024;

    /** Of a sublayer's block at most, unless so many rows have more. */
    private static final int ELEMENTS = 1 << 22;

    private RowBlocks() {}

    /**
     * Hands on blocks of rows, of each sublayer as long as it has some; each with a scope of its own.
     *
     * @param values {@code [rows, width]} each
     */
    public static void forEach(Map<Sublayer, NDArray> values, NDManager scope, ActivationRecorder.Consumer consumer) {
        long rows = most(values, 0);
        long step = ROWS * Math.max(1, ELEMENTS / (ROWS * Math.max(1, most(values, 1))));
        for (long start = 0; start < rows; start += step) {
            try (NDManager block = scope.newSubManager()) {
                consumer.accept(rows(values, start, start + step, block), block);
            }
        }
    }

    private static long most(Map<Sublayer, NDArray> values, int axis) {
        return values.values().stream()
                .mapToLong(array -> array.getShape().get(axis))
                .max()
                .orElse(0);
    }

    private static Map<Sublayer, NDArray> rows(Map<Sublayer, NDArray> values, long start, long limit, NDManager block) {
        Map<Sublayer, NDArray> parts = new LinkedHashMap<>();
        values.forEach((sublayer, array) -> {
            long end = Math.min(limit, array.getShape().get(0));
            if (start < end) {
                NDArray part = array.get(start + ":" + end);
                part.attach(block);
                parts.put(sublayer, part);
            }
        });
        return parts;
    }
}
