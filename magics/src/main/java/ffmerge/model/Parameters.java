package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.checkpoint.Ties;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A model's weights in native memory, by the names of its architecture. Tied names stand for one and the same array. */
public final class Parameters {
    private static final double WAVELENGTHS = 10000;
    /** Values that are looked at at a time. */
    private static final int BLOCK = 1 << 18;

    private static final float LARGEST_FLOAT16 = 65504;

    private final Map<String, NDArray> arrays;
    private final Architecture architecture;
    private final Precision precision;

    private Parameters(Map<String, NDArray> arrays, Architecture architecture, Precision precision) {
        this.arrays = Collections.unmodifiableMap(arrays);
        this.architecture = architecture;
        this.precision = precision;
    }

    /** In what learned matrices are held; vectors (gains, biases) and buffers are float32 in any case. */
    public Precision precision() {
        return precision;
    }

    private static Precision precision(ModelTensor tensor, Precision ofMatrices) {
        boolean matrix =
                tensor.kind() == ModelTensor.Kind.LEARNED && tensor.shape().size() > 1;
        return matrix ? ofMatrices : Precision.FLOAT32;
    }

    /**
     * Reads every tensor that the architecture asks for, under any of the spellings that its table knows. Tables of
     * positions that the file lacks are computed, buffers that it lacks are zero.
     *
     * @param precision of learned matrices
     * @throws UserError if tensors are missing, have another shape, or hold values that are not finite
     */
    static Parameters load(
            Checkpoint checkpoint,
            Architecture architecture,
            Precision precision,
            NDManager manager,
            Progress progress) {
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
                if (!stored.containsKey(tensor.name())) {
                    arrays.put(tensor.name(), computed(tensor, manager));
                    continue;
                }
                String kept = checkpoint.ties().keptName(stored.get(tensor.name()));
                NDArray array = byKeptName.get(kept);
                if (array == null) {
                    array = read(checkpoint, kept, tensor, precision(tensor, precision), manager);
                    byKeptName.put(kept, array);
                    done += tensor.elements();
                    stage.advance(done);
                }
                arrays.put(tensor.name(), array);
            }
        }
        return new Parameters(arrays, architecture, precision);
    }

    /** What a tensor holds that a file need not have. */
    private static NDArray computed(ModelTensor tensor, NDManager manager) {
        return tensor.kind() == ModelTensor.Kind.SINUSOIDS
                ? sinusoids(shape(tensor), manager)
                : manager.zeros(shape(tensor), DataType.FLOAT32);
    }

    /**
     * Sinusoidal positions, {@code [positions, model]}, as transformers lays them out: sines in the first half of a row,
     * cosines in the second (Marian's own layout, not the interleaved one of the Transformer paper).
     */
    private static NDArray sinusoids(Shape shape, NDManager manager) {
        int positions = Math.toIntExact(shape.get(0));
        int width = Math.toIntExact(shape.get(1));
        int sines = (width + 1) / 2;
        float[] table = new float[positions * width];
        for (int position = 0; position < positions; position++) {
            for (int i = 0; i < width; i++) {
                int pair = i < sines ? i : i - sines;
                double angle = position / Math.pow(WAVELENGTHS, 2. * pair / width);
                table[position * width + i] = (float) (i < sines ? Math.sin(angle) : Math.cos(angle));
            }
        }
        return manager.create(table, shape);
    }

    /** Random weights of an architecture's shapes: matrices small and normal, gains one, biases zero. */
    static Parameters random(Architecture architecture, NDManager manager, long seed) {
        Torch.seed(seed);
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        for (ModelTensor tensor : architecture.tensors()) {
            if (tensor.kind() != ModelTensor.Kind.LEARNED) {
                arrays.put(tensor.name(), computed(tensor, manager));
                continue;
            }
            Shape shape = shape(tensor);
            boolean matrix = shape.dimension() > 1;
            arrays.put(
                    tensor.name(),
                    matrix
                            ? manager.randomNormal(0, 0.02f, shape, DataType.FLOAT32)
                            : manager.full(shape, tensor.name().endsWith("weight") ? 1 : 0, DataType.FLOAT32));
        }
        return new Parameters(arrays, architecture, Precision.FLOAT32);
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
                if (tensor.kind() == ModelTensor.Kind.LEARNED) {
                    missing.add(tensor.name());
                }
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
            List<String> unknown =
                    tensors.keySet().stream().filter(architecture::isUnknown).toList();
            throw new UserError(checkpoint.source() + " lacks " + missing.size() + " of the "
                    + architecture.tensors().size()
                    + " tensors of this " + architecture.title() + ": " + firstOf(missing)
                    + (unknown.isEmpty() ? "" : "; it holds others: " + firstOf(unknown)));
        }
        return stored;
    }

    private static String firstOf(List<String> names) {
        return String.join(", ", names.subList(0, Math.min(3, names.size()))) + (names.size() > 3 ? ", …" : "");
    }

    private static NDArray read(
            Checkpoint checkpoint, String storedName, ModelTensor tensor, Precision precision, NDManager manager) {
        NDArray array = ArrayMemory.create(
                manager, shape(tensor), precision, (from, into) -> checkpoint.read(storedName, from, into));
        if (!isFinite(array)) {
            refuse(checkpoint, storedName, tensor, precision);
        }
        return array;
    }

    private static Shape shape(ModelTensor tensor) {
        return new Shape(tensor.shape().stream().mapToLong(Long::longValue).toArray());
    }

    /** False where a NaN or an infinity has spread into the sum, or the sum is too large. */
    private static boolean isFinite(NDArray array) {
        try (NDArray sum = Kernels.run(array.getManager(), false, "sum", array)) {
            return Float.isFinite(sum.getFloat());
        }
    }

    private static void refuse(Checkpoint checkpoint, String name, ModelTensor tensor, Precision precision) {
        long bad = 0;
        long large = 0;
        FloatBuffer values = FloatBuffer.allocate(BLOCK);
        for (long from = 0; from < tensor.elements(); from += BLOCK) {
            int count = (int) Math.min(BLOCK, tensor.elements() - from);
            checkpoint.read(name, from, values.clear().limit(count));
            for (int i = 0; i < count; i++) {
                bad += Float.isFinite(values.get(i)) ? 0 : 1;
                large += Math.abs(values.get(i)) > LARGEST_FLOAT16 ? 1 : 0;
            }
        }
        if (bad > 0) {
            throw new UserError(
                    checkpoint.source() + ": tensor '" + name + "' holds " + bad + " values that are NaN or infinite");
        }
        if (large > 0 && precision == Precision.FLOAT16) {
            throw new UserError(checkpoint.source() + ": tensor '" + name + "' holds " + large
                    + " values that float16 can't; --dtype bfloat16 can");
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

    /** Those of the arrays of these names that the model has, in their order. */
    List<NDArray> present(String... names) {
        return Stream.of(names).filter(arrays::containsKey).map(arrays::get).toList();
    }

    /** All arrays, a tied one once, with the first of its names, in the architecture's order. */
    public Map<String, NDArray> unique() {
        return unique(tensor -> true);
    }

    /** Those of {@link #unique} that training changes. */
    public Map<String, NDArray> learned() {
        return unique(tensor -> tensor.kind() == ModelTensor.Kind.LEARNED);
    }

    private Map<String, NDArray> unique(Predicate<ModelTensor> which) {
        Map<String, NDArray> unique = new LinkedHashMap<>();
        Map<NDArray, String> seen = new IdentityHashMap<>();
        for (ModelTensor tensor : architecture.tensors()) {
            NDArray array = arrays.get(tensor.name());
            if (which.test(tensor) && seen.putIfAbsent(array, tensor.name()) == null) {
                unique.put(tensor.name(), array);
            }
        }
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
        return architecture.parameters();
    }

    /** How many parameters are held in memory. */
    public long uniqueCount() {
        return unique(ModelTensor::isParameter).values().stream()
                .mapToLong(NDArray::size)
                .sum();
    }

    /** Bytes of native memory. */
    public long bytes() {
        Map<String, NDArray> unique = unique();
        return architecture.tensors().stream()
                .filter(tensor -> unique.containsKey(tensor.name()))
                .mapToLong(tensor ->
                        tensor.elements() * precision(tensor, precision).bytes())
                .sum();
    }

    /**
     * The parameters of an edited model. What the edit left alone is shared in memory; each model may be closed without
     * the other.
     *
     * @param edit of {@link #asCheckpoint}
     */
    Parameters edited(EditedCheckpoint edit, Architecture result, NDManager manager) {
        Map<EditedCheckpoint.Content, NDArray> made = new HashMap<>();
        Map<String, NDArray> edited = new LinkedHashMap<>();
        for (ModelTensor tensor : result.tensors()) {
            EditedCheckpoint.Content content = edit.contents().get(tensor.name());
            edited.put(tensor.name(), made.computeIfAbsent(content, c -> {
                if (c instanceof EditedCheckpoint.Content.Values v) {
                    return ArrayMemory.create(
                            manager,
                            shape(tensor),
                            precision(tensor, precision),
                            (from, into) -> into.put(v.values(), Math.toIntExact(from), into.remaining()));
                }
                return share(get(((EditedCheckpoint.Content.Original) c).name()), manager);
            }));
        }
        return new Parameters(edited, result, precision);
    }

    /** Parameters of the same values, in float32, in memory of their own; ties stay ties. */
    Parameters copied(NDManager manager) {
        Map<NDArray, NDArray> copies = new IdentityHashMap<>();
        Map<String, NDArray> copied = new LinkedHashMap<>();
        arrays.forEach((name, array) ->
                copied.put(name, copies.computeIfAbsent(array, a -> ArrayMemory.copy(a, Precision.FLOAT32, manager))));
        return new Parameters(copied, architecture, Precision.FLOAT32);
    }

    /** Another handle to the same memory, which libtorch keeps until the last handle is closed. */
    private static NDArray share(NDArray array, NDManager manager) {
        NDArray handle = array.stopGradient();
        handle.attach(manager);
        return handle;
    }

    /** These parameters as named tensors. */
    Checkpoint asCheckpoint(String source) {
        return new ArrayCheckpoint(source, unique(), ties());
    }

    /** What of these parameters is written to a file: all that can't be computed. */
    Checkpoint asFile(String source) {
        return new ArrayCheckpoint(source, unique(tensor -> tensor.kind() != ModelTensor.Kind.SINUSOIDS), ties());
    }
}
