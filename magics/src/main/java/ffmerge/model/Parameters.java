package ffmerge.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.checkpoint.Ties;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A model's weights in native memory, by the names of its architecture. Tied names stand for one and the same array. */
public final class Parameters {
    /** Elements handled at a time where a buffer is needed: 1 GiB of float32, as much as fits one ByteBuffer with ease. */
    private static final long SLICE = 1L << 28;

    private final Map<String, NDArray> arrays;

    private Parameters(Map<String, NDArray> arrays) {
        this.arrays = Collections.unmodifiableMap(arrays);
    }

    /**
     * Reads every tensor that the architecture asks for, under any of the spellings that its table knows.
     *
     * @throws UserError if tensors are missing, have another shape, or hold values that are not finite
     */
    static Parameters load(Checkpoint checkpoint, Architecture architecture, NDManager manager, Progress progress) {
        Map<String, String> stored = storedNames(checkpoint, architecture);
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        Map<String, NDArray> byKeptName = new HashMap<>();
        long total = stored.values().stream()
                .map(checkpoint.ties()::keptName)
                .distinct()
                .mapToLong(kept -> checkpoint.tensors().get(kept).elements())
                .sum();
        try (Progress.Stage stage = progress.start("Loading", total, "parameters")) {
            long done = 0;
            for (ModelTensor tensor : architecture.tensors()) {
                String kept = checkpoint.ties().keptName(stored.get(tensor.name()));
                NDArray array = byKeptName.get(kept);
                if (array == null) {
                    array = read(checkpoint, kept, tensor, manager);
                    byKeptName.put(kept, array);
                    done += tensor.elements();
                    stage.advance(done);
                }
                arrays.put(tensor.name(), array);
            }
        }
        return new Parameters(arrays);
    }

    private static Map<String, String> storedNames(Checkpoint checkpoint, Architecture architecture) {
        Map<String, String> stored = new HashMap<>();
        List<String> missing = new ArrayList<>();
        Map<String, TensorSpec> tensors = checkpoint.tensors();
        for (ModelTensor tensor : architecture.tensors()) {
            Optional<String> found = tensor.spellings().stream()
                    .filter(s -> tensors.containsKey(checkpoint.ties().keptName(s)))
                    .findFirst();
            if (found.isEmpty()) {
                missing.add(tensor.name());
                continue;
            }
            TensorSpec spec = tensors.get(checkpoint.ties().keptName(found.get()));
            if (!spec.shape().equals(tensor.shape())) {
                throw new UserError(checkpoint.source() + ": tensor '" + found.get() + "' has the shape "
                        + TensorSpec.describe(spec.shape()) + ", config.json asks for "
                        + TensorSpec.describe(tensor.shape()));
            }
            stored.put(tensor.name(), found.get());
        }
        if (!missing.isEmpty()) {
            throw new UserError(checkpoint.source() + " lacks " + missing.size() + " of the "
                    + architecture.tensors().size()
                    + " tensors of this " + architecture.title() + ": "
                    + String.join(", ", missing.subList(0, Math.min(3, missing.size())))
                    + (missing.size() > 3 ? ", …" : ""));
        }
        return stored;
    }

    private static NDArray read(Checkpoint checkpoint, String storedName, ModelTensor tensor, NDManager manager) {
        NDArray array = filled(manager, tensor.shape(), (from, into) -> checkpoint.read(storedName, from, into));
        requireFinite(array, checkpoint.source(), storedName);
        return array;
    }

    /** Gives {@code into.remaining()} values from an element on. */
    private interface Filler {
        void fill(long from, FloatBuffer into);
    }

    /** Makes an array whose memory is filled in place, so that the values are copied once. */
    private static NDArray filled(NDManager manager, List<Long> shape, Filler filler) {
        Shape djlShape = new Shape(shape.stream().mapToLong(Long::longValue).toArray());
        boolean onCpu = manager.getDevice().equals(Device.cpu());
        try (NDManager cpu = manager.newSubManager(Device.cpu())) {
            NDArray array = cpu.create(djlShape, DataType.FLOAT32);
            forEachSlice(array, filler::fill);
            if (onCpu) {
                array.attach(manager);
                return array;
            }
            NDArray moved = array.toDevice(manager.getDevice(), true);
            moved.attach(manager);
            return moved;
        }
    }

    private interface SliceAction {
        void accept(long from, FloatBuffer memory);
    }

    /** Visits a CPU array's own memory, contiguous and row-major, slice by slice. */
    private static void forEachSlice(NDArray array, SliceAction action) {
        long size = array.size();
        try (NDManager views = array.getManager().newSubManager()) {
            NDArray flat = array.reshape(size);
            flat.attach(views);
            for (long from = 0; from < size; from += SLICE) {
                long to = Math.min(size, from + SLICE);
                NDArray view = from == 0 && to == size ? flat : flat.get(new NDIndex(from + ":" + to));
                view.attach(views);
                action.accept(from, memory(view));
            }
        }
    }

    private static FloatBuffer memory(NDArray array) {
        return ((PtNDArray) array)
                .toByteBuffer(true)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    private static void requireFinite(NDArray array, String source, String name) {
        try (NDArray sum = array.sum()) {
            if (Float.isFinite(sum.getFloat())) {
                return; // a NaN or an infinity would have spread into the sum
            }
        }
        float[] values = array.toDevice(Device.cpu(), false).toFloatArray();
        long bad = 0;
        for (float value : values) {
            bad += Float.isFinite(value) ? 0 : 1;
        }
        if (bad > 0) {
            throw new UserError(source + ": tensor '" + name + "' holds " + bad + " values that are NaN or infinite");
        }
    }

    /** The array of a name. */
    public NDArray get(String name) {
        NDArray array = arrays.get(name);
        if (array == null) {
            throw new IllegalArgumentException("no parameter '" + name + "'");
        }
        return array;
    }

    /** All arrays, a tied one once, with the first of its names, in the architecture's order. */
    public Map<String, NDArray> unique() {
        Map<String, NDArray> unique = new LinkedHashMap<>();
        Map<NDArray, String> seen = new IdentityHashMap<>();
        arrays.forEach((name, array) -> {
            if (seen.putIfAbsent(array, name) == null) {
                unique.put(name, array);
            }
        });
        return unique;
    }

    /** Which names share an array with an earlier one. */
    public Ties ties() {
        Map<NDArray, String> first = new IdentityHashMap<>();
        Map<String, String> aliases = new LinkedHashMap<>();
        arrays.forEach((name, array) -> {
            String kept = first.putIfAbsent(array, name);
            if (kept != null) {
                aliases.put(name, kept);
            }
        });
        return new Ties(aliases);
    }

    /** How many parameters the model has if each place counts. */
    public long count() {
        return count(arrays.values());
    }

    /** How many parameters are held in memory. */
    public long uniqueCount() {
        return count(unique().values());
    }

    /** Bytes of native memory. */
    public long bytes() {
        return unique().values().stream()
                .mapToLong(a -> a.size() * a.getDataType().getNumOfBytes())
                .sum();
    }

    private static long count(Collection<NDArray> arrays) {
        return arrays.stream().mapToLong(NDArray::size).sum();
    }

    /**
     * The parameters of an edited model. What the edit left alone is shared in memory; each model may be closed without
     * the other.
     *
     * @param edit of {@link #asCheckpoint}
     */
    Parameters edited(EditedCheckpoint edit, Architecture architecture, NDManager manager) {
        Map<EditedCheckpoint.Content, NDArray> made = new HashMap<>();
        Map<String, NDArray> edited = new LinkedHashMap<>();
        for (ModelTensor tensor : architecture.tensors()) {
            EditedCheckpoint.Content content = edit.contents().get(tensor.name());
            edited.put(tensor.name(), made.computeIfAbsent(content, c -> {
                if (c instanceof EditedCheckpoint.Content.Values v) {
                    return filled(
                            manager,
                            tensor.shape(),
                            (from, into) -> into.put(v.values(), Math.toIntExact(from), into.remaining()));
                }
                return share(get(((EditedCheckpoint.Content.Original) c).name()), manager);
            }));
        }
        return new Parameters(edited);
    }

    /** Parameters of the same values in memory of their own; ties stay ties. */
    Parameters copied(NDManager manager) {
        Map<NDArray, NDArray> copies = new IdentityHashMap<>();
        Map<String, NDArray> copied = new LinkedHashMap<>();
        arrays.forEach((name, array) -> copied.put(name, copies.computeIfAbsent(array, a -> {
            NDArray copy = a.duplicate();
            copy.attach(manager);
            return copy;
        })));
        return new Parameters(copied);
    }

    /** Another handle to the same memory, which libtorch keeps until the last handle is closed. */
    private static NDArray share(NDArray array, NDManager manager) {
        NDArray handle = array.stopGradient();
        handle.attach(manager);
        return handle;
    }

    /** These parameters as named tensors. Valid while the model is open; closing it does nothing. */
    Checkpoint asCheckpoint(String source) {
        Map<String, TensorSpec> specs = new LinkedHashMap<>();
        unique().forEach((name, array) -> {
            List<Long> shape = new ArrayList<>();
            for (long size : array.getShape().getShape()) {
                shape.add(size);
            }
            specs.put(name, new TensorSpec(name, DType.F32, shape));
        });
        Ties ties = ties();
        return new Checkpoint() {
            @Override
            public String source() {
                return source;
            }

            @Override
            public Map<String, TensorSpec> tensors() {
                return specs;
            }

            @Override
            public Ties ties() {
                return ties;
            }

            @Override
            public void read(String name, long from, FloatBuffer into) {
                copyOut(get(name), from, into);
            }

            @Override
            public void close() {}
        };
    }

    private static void copyOut(NDArray array, long from, FloatBuffer into) {
        try (NDManager scope = array.getManager().newSubManager()) {
            NDArray flat = array.reshape(array.size());
            flat.attach(scope);
            NDArray part = flat.get(new NDIndex(from + ":" + (from + into.remaining())));
            part.attach(scope);
            NDArray onCpu = part.toDevice(Device.cpu(), false);
            onCpu.attach(scope);
            into.put(memory(onCpu).limit(into.remaining()));
        }
    }
}
