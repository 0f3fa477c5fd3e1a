package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.checkpoint.Ties;
import ffmerge.torch.ArrayMemory;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Float32 arrays in native memory, and weights in NF4, seen as named float32 tensors without a copy. Valid while the arrays are open. */
public final class ArrayCheckpoint implements Checkpoint {
    private final String source;
    private final Map<String, NDArray> arrays;
    private final Map<String, Nf4> quantized;
    private final Map<String, TensorSpec> tensors = new LinkedHashMap<>();
    private final Ties ties;

    /**
     * @param source for messages
     * @param arrays the stored tensors, aliases left out
     */
    public ArrayCheckpoint(String source, Map<String, NDArray> arrays, Ties ties) {
        this(source, arrays, Map.of(), ties);
    }

    /** @param quantized those of the stored tensors that are in NF4; of these, {@code arrays} holds the packed values */
    ArrayCheckpoint(String source, Map<String, NDArray> arrays, Map<String, Nf4> quantized, Ties ties) {
        this.source = source;
        this.arrays = arrays;
        this.quantized = quantized;
        this.ties = ties;
        arrays.forEach((name, array) -> {
            List<Long> shape = new ArrayList<>();
            Shape sizes = quantized.containsKey(name) ? quantized.get(name).shape() : array.getShape();
            for (long size : sizes.getShape()) {
                shape.add(size);
            }
            tensors.put(name, new TensorSpec(name, DType.F32, shape));
        });
    }

    @Override
    public String source() {
        return source;
    }

    @Override
    public Map<String, TensorSpec> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public Ties ties() {
        return ties;
    }

    @Override
    public void read(String name, long from, FloatBuffer into) {
        String kept = ties.keptName(name);
        NDArray array = arrays.get(kept);
        if (array == null) {
            throw new IllegalArgumentException(source + " has no tensor '" + name + "'");
        }
        if (quantized.containsKey(kept)) {
            quantized.get(kept).copyOut(from, into);
            return;
        }
        ArrayMemory.copyOut(array, from, into);
    }

    @Override
    public void close() {}
}
