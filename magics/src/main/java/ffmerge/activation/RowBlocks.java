package ffmerge.activation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A batch's values some rows at a time, as many as sums of their products in float32 may run over. What is made of so many stays small
 * enough for the allocator to use again; larger arrays would be new memory each time, which the system has to clear.
 */
public final class RowBlocks {
    private static final int ROWS = 1024;

    private RowBlocks() {}

    /**
     * Hands on blocks of rows, of each sublayer as long as it has some; each with a scope of its own.
     *
     * @param values {@code [rows, width]} each
     */
    public static void forEach(Map<Sublayer, NDArray> values, NDManager scope, ActivationRecorder.Consumer consumer) {
        long most = values.values().stream()
                .mapToLong(array -> array.getShape().get(0))
                .max()
                .orElse(0);
        for (long start = 0; start < most; start += ROWS) {
            try (NDManager block = scope.newSubManager()) {
                consumer.accept(rows(values, start, block), block);
            }
        }
    }

    private static Map<Sublayer, NDArray> rows(Map<Sublayer, NDArray> values, long start, NDManager block) {
        Map<Sublayer, NDArray> parts = new LinkedHashMap<>();
        values.forEach((sublayer, array) -> {
            long end = Math.min(start + ROWS, array.getShape().get(0));
            if (start < end) {
                NDArray part = array.get(start + ":" + end);
                part.attach(block);
                parts.put(sublayer, part);
            }
        });
        return parts;
    }
}
