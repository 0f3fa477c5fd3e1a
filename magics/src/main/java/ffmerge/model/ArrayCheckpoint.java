package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.checkpoint.Ties;
import ffmerge.torch.Precision;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/** Weights in native memory seen as named float32 tensors without a copy. Valid while they are open. */
public final class ArrayCheckpoint implements Checkpoint {
    private final String source;
    private final Map<String, Weight> weights;
    private final Map<String, TensorSpec> tensors = new LinkedHashMap<>();
    private final Ties ties;

    private final Set<String> parts = new HashSet<>();

    private ArrayCheckpoint(Map<String, Weight> weights, String source, Ties ties) {
        this.source = source;
        this.weights = weights;
        this.ties = ties;
        weights.forEach((name, weight) -> tensors.put(
                name,
                new TensorSpec(
                        name,
                        DType.F32,
                        LongStream.of(weight.shape().getShape()).boxed().toList())));
    }

    /**
     * @param source for messages
     * @param arrays the stored tensors, aliases left out
     */
    public ArrayCheckpoint(String source, Map<String, NDArray> arrays, Ties ties) {
        this(weights(arrays), source, ties);
    }

    /** @param weights aliases left out */
    static ArrayCheckpoint of(String source, Map<String, Weight> weights, Ties ties) {
        return new ArrayCheckpoint(weights, source, ties);
    }

    /**
     * Weights in other forms than floats as the parts that they consist of.
     *
     * @param weights aliases left out
     */
    static ArrayCheckpoint ofParts(String source, Map<String, Weight> weights, Ties ties) {
        Map<String, Weight> held = new LinkedHashMap<>();
        List<TensorSpec> parts = new ArrayList<>();
        Map<String, String> aliases = new LinkedHashMap<>();
        weights.forEach((name, weight) -> {
            if (weight.isPlain()) {
                held.put(name, weight);
            }
            for (WeightForm.Part part : weight.consistsOf()) {
                TensorSpec spec = part.of(name);
                parts.add(spec);
                held.put(spec.name(), weight(weight.parts().get(part.name())));
            }
        });
        ties.keptByAlias().forEach((alias, kept) -> {
            Weight weight = weights.get(kept);
            if (weight.isPlain()) {
                aliases.put(alias, kept);
            }
            weight.consistsOf()
                    .forEach(part ->
                            aliases.put(part.of(alias).name(), part.of(kept).name()));
        });
        ArrayCheckpoint checkpoint = new ArrayCheckpoint(held, source, new Ties(aliases));
        for (TensorSpec spec : parts) {
            checkpoint.tensors.put(spec.name(), spec);
            checkpoint.parts.add(spec.name());
        }
        return checkpoint;
    }

    @Override
    public Set<String> parts() {
        return Collections.unmodifiableSet(parts);
    }

    /** A float32 array that is no linear map's weight. */
    static Weight weight(NDArray array) {
        return new FloatWeight(array, Precision.FLOAT32, false);
    }

    private static Map<String, Weight> weights(Map<String, NDArray> arrays) {
        Map<String, Weight> weights = new LinkedHashMap<>();
        arrays.forEach((name, array) -> weights.put(name, weight(array)));
        return weights;
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
        Weight weight = weights.get(kept);
        if (weight == null) {
            throw new IllegalArgumentException(source + " has no tensor '" + name + "'");
        }
        weight.copyOut(from, into);
    }

    @Override
    public void close() {}
}
