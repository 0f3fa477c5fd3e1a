package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.adapter.AdapterSettings;
import ffmerge.adapter.StoredAdapters;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelTensor;
import ffmerge.architecture.Quantization;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.checkpoint.Ties;
import ffmerge.torch.ArrayMemory;
import ffmerge.torch.Kernels;
import ffmerge.torch.Precision;
import ffmerge.torch.SharedArrays;
import ffmerge.torch.Torch;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A model's weights in native memory, by the names of its architecture. Tied names stand for one and the same array. */
public final class Parameters {
    private static final double WAVELENGTHS = 10000;
    /** Values that are looked at at a time. */
    private static final int BLOCK = 1 << 18;

    private static final float LARGEST_FLOAT16 = 65504;

    /** Of a weight in NF4, its packed values. */
    private final Map<String, NDArray> arrays;

    private final Map<String, Nf4> quantized;
    private final Adapters adapters;
    private final Architecture architecture;
    private final Precision precision;

    private Parameters(
            Map<String, NDArray> arrays,
            Map<String, Nf4> quantized,
            Adapters adapters,
            Architecture architecture,
            Precision precision) {
        this.arrays = Collections.unmodifiableMap(arrays);
        this.quantized = Collections.unmodifiableMap(quantized);
        this.adapters = adapters;
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

    private Parameters(Map<String, NDArray> arrays, Architecture architecture, Precision precision) {
        this(arrays, Map.of(), Adapters.NONE, architecture, precision);
    }

    /**
     * Reads every tensor that the architecture asks for, under any of the spellings that its table knows. Tables of
     * positions that the file lacks are computed, buffers that it lacks are zero.
     *
     * @param precision of learned matrices
     * @param nf4 whether linear maps are quantized as soon as they are read, so that no two are in float32 at a time
     * @throws UserError if tensors are missing, have another shape, or hold values that are not finite
     */
    static Parameters load(
            Checkpoint checkpoint,
            Architecture architecture,
            Precision precision,
            boolean nf4,
            NDManager manager,
            Progress progress) {
        Map<String, String> stored = storedNames(checkpoint, architecture);
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        Map<String, NDArray> byKeptName = new HashMap<>();
        Quantizer quantizer = new Quantizer(nf4 ? architecture.linearWeights() : List.of(), manager);
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
                    Precision read = quantizer.takes(tensor) ? Precision.FLOAT32 : precision(tensor, precision);
                    array = quantizer.apply(tensor, read(checkpoint, kept, tensor, read, manager));
                    byKeptName.put(kept, array);
                    done += tensor.elements();
                    stage.advance(done);
                }
                arrays.put(tensor.name(), array);
            }
        }
        return quantizer.parameters(arrays, Adapters.NONE, architecture, precision);
    }

    /** Puts the weights of linear maps into NF4, a tied one once. */
    private static final class Quantizer {
        private final Set<ModelTensor> chosen;
        private final NDManager manager;
        private final Map<NDArray, Nf4> byPacked = new IdentityHashMap<>();
        private Nf4.Tables tables;

        Quantizer(List<ModelTensor> chosen, NDManager manager) {
            this.chosen = Set.copyOf(chosen);
            this.manager = manager;
        }

        boolean takes(ModelTensor tensor) {
            return chosen.contains(tensor);
        }

        /** @return the array, or the packed values of what it was and is closed now */
        NDArray apply(ModelTensor tensor, NDArray array) {
            if (!takes(tensor)) {
                return array;
            }
            if (tables == null) {
                tables = Nf4.Tables.create(manager);
            }
            try (array) {
                Nf4 nf4 = Nf4.of(array, tables, manager);
                byPacked.put(nf4.packed(), nf4);
                return nf4.packed();
            }
        }

        Parameters parameters(
                Map<String, NDArray> arrays, Adapters adapters, Architecture architecture, Precision precision) {
            Map<String, Nf4> quantized = new LinkedHashMap<>();
            arrays.forEach((name, array) -> {
                if (byPacked.containsKey(array)) {
                    quantized.put(name, byPacked.get(array));
                }
            });
            return new Parameters(arrays, quantized, adapters, architecture, precision);
        }
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
        return ArrayMemory.create(
                manager,
                shape,
                Precision.FLOAT32,
                (from, into) -> into.put(table, Math.toIntExact(from), into.remaining()));
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

    /** Whether places that share a weight have adapters that differ. */
    public boolean hasDifferingAdapters() {
        return adapters.differ(ties());
    }

    private static Map<String, String> storedNames(Checkpoint checkpoint, Architecture architecture) {
        Map<String, String> stored = new HashMap<>();
        List<String> missing = new ArrayList<>();
        Map<String, TensorSpec> tensors = checkpoint.tensors();
        for (ModelTensor tensor : architecture.tensors()) {
            tensor.spellings().forEach(checkpoint::requireWeights);
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
                    + (unknown.isEmpty() ? "" : "; it holds others: " + firstOf(unknown))
                    + Quantization.ofNames(unknown).map(q -> "; " + q).orElse(""));
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

    /** The weight of this name in NF4, if that is how it is held. */
    Optional<Nf4> nf4(String name) {
        return Optional.ofNullable(quantized.get(name));
    }

    Adapters adapters() {
        return adapters;
    }

    /** What the model's adapters are like; empty if it carries none. */
    public Optional<AdapterSettings> adapterSettings() {
        return Optional.ofNullable(adapters.settings());
    }

    /** Whether linear maps are held in NF4. */
    public boolean isQuantized() {
        return !quantized.isEmpty();
    }

    /** How wide what comes out of the linear map with this weight is. */
    int rows(String weight) {
        return Math.toIntExact(shapeOf(weight).get(0));
    }

    private Shape shapeOf(String name) {
        return nf4(name).map(Nf4::shape).orElseGet(() -> get(name).getShape());
    }

    /** The array of a name; of a weight in NF4, its packed values. */
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

    /** Those that training changes: of a model with adapters these alone, else all of {@link #unique} but tables and buffers. */
    public Map<String, NDArray> learned() {
        if (!adapters.isEmpty()) {
            return adapters.unique();
        }
        return unique(tensor -> tensor.kind() == ModelTensor.Kind.LEARNED);
    }

    private Map<String, NDArray> unique(Predicate<ModelTensor> which) {
        Map<String, NDArray> chosen = new LinkedHashMap<>();
        architecture.tensors().stream().filter(which).forEach(t -> chosen.put(t.name(), arrays.get(t.name())));
        return SharedArrays.unique(chosen);
    }

    /** Which names share an array with an earlier one. */
    public Ties ties() {
        return SharedArrays.ties(arrays);
    }

    /** How many parameters the model has if each place counts. */
    public long count() {
        return architecture.parameters() + adapters.count();
    }

    /** How many parameters are held in memory. */
    public long uniqueCount() {
        return unique(ModelTensor::isParameter).keySet().stream()
                        .mapToLong(name -> shapeOf(name).size())
                        .sum()
                + adapters.uniqueCount();
    }

    /** How many parameters training changes. */
    public long learnedCount() {
        return learned().values().stream().mapToLong(NDArray::size).sum();
    }

    /** Bytes of native memory. */
    public long bytes() {
        Map<String, NDArray> unique = unique();
        long weights = architecture.tensors().stream()
                .filter(tensor -> unique.containsKey(tensor.name()))
                .mapToLong(tensor -> nf4(tensor.name())
                        .map(Nf4::bytes)
                        .orElseGet(() ->
                                tensor.elements() * precision(tensor, precision).bytes()))
                .sum();
        return weights + adapters.uniqueCount() * Float.BYTES;
    }

    /**
     * The parameters of an edited model. What the edit left alone is shared in memory; each model may be closed without
     * the other.
     *
     * @param edit of {@link #asCheckpoint}, of a model without adapters; weights in NF4 keep their values
     */
    Parameters edited(EditedCheckpoint edit, Architecture result, NDManager manager) {
        UnaryOperator<NDArray> share = once(array -> share(array, manager));
        Map<EditedCheckpoint.Content, NDArray> made = new HashMap<>();
        Map<String, NDArray> edited = new LinkedHashMap<>();
        Map<String, Nf4> kept = new LinkedHashMap<>();
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
                return share.apply(get(((EditedCheckpoint.Content.Original) c).name()));
            }));
            if (content instanceof EditedCheckpoint.Content.Original o) {
                nf4(o.name()).ifPresent(nf4 -> kept.put(tensor.name(), nf4.map(share)));
            }
        }
        return new Parameters(edited, kept, Adapters.NONE, result, precision);
    }

    /**
     * Parameters fit to be trained: those that training changes in memory of their own, frozen ones shared. Ties stay
     * ties.
     */
    Parameters copied(NDManager manager) {
        UnaryOperator<NDArray> copy = once(array -> ArrayMemory.copy(array, Precision.FLOAT32, manager));
        if (adapters.isEmpty()) {
            Map<String, NDArray> copied = new LinkedHashMap<>();
            arrays.forEach((name, array) -> copied.put(name, copy.apply(array)));
            return new Parameters(copied, architecture, Precision.FLOAT32);
        }
        return mapped(once(array -> onto(manager, array)), adapters.map(copy, manager));
    }

    /** The same memory where the manager is on its device, else a copy of the same type there. */
    private NDArray onto(NDManager manager, NDArray array) {
        if (array.getDevice().equals(manager.getDevice())) {
            return share(array, manager);
        }
        try (NDArray like = manager.create(0f)) {
            return Kernels.run(manager, true, "moved", array, like);
        }
    }

    private Parameters mapped(UnaryOperator<NDArray> of, Adapters with) {
        Map<String, NDArray> mapped = new LinkedHashMap<>();
        arrays.forEach((name, array) -> mapped.put(name, of.apply(array)));
        Map<String, Nf4> nf4 = new LinkedHashMap<>();
        quantized.forEach((name, weight) -> nf4.put(name, weight.map(of)));
        return new Parameters(mapped, nf4, with, architecture, precision);
    }

    /** These parameters, shared in memory, with linear maps in NF4; a tied weight is quantized once. */
    Parameters quantized(NDManager manager) {
        Quantizer quantizer = new Quantizer(architecture.linearWeights(), manager);
        Map<NDArray, NDArray> made = new IdentityHashMap<>();
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        for (ModelTensor tensor : architecture.tensors()) {
            arrays.put(
                    tensor.name(),
                    made.computeIfAbsent(get(tensor.name()), a -> quantizer.apply(tensor, share(a, manager))));
        }
        return quantizer.parameters(
                arrays, adapters.map(once(array -> share(array, manager)), manager), architecture, precision);
    }

    /** These parameters, shared in memory, with new adapters that leave the outputs as they are. */
    Parameters adapted(AdapterSettings settings, NDManager manager, long seed) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        for (ModelTensor weight : architecture.linearWeights()) {
            String module = AdapterSettings.module(weight.name());
            if (settings.isTarget(module)) {
                shapes.put(module, shape(weight));
            }
        }
        Ties ties = settings.sharing() == AdapterSettings.Sharing.SHARED ? ties() : Ties.NONE;
        return mapped(
                once(array -> share(array, manager)),
                Adapters.fresh(
                        settings,
                        shapes,
                        module -> AdapterSettings.module(ties.keptName(module + ".weight")),
                        manager,
                        seed));
    }

    /** These parameters, shared in memory, with adapters that are read from a file. */
    Parameters adapted(StoredAdapters stored, NDManager manager) {
        return mapped(once(array -> share(array, manager)), Adapters.read(stored, ties(), manager));
    }

    /**
     * What these parameters and their adapters do together, in float32 weights. Float32 weights that have
     * neither adapter nor NF4 are shared in memory.
     *
     * @param untie whether places of a tied weight each get their own; they must where their adapters differ
     */
    Parameters folded(boolean untie, NDManager manager) {
        UnaryOperator<NDArray> wide = once(array -> precision == Precision.FLOAT32
                ? share(array, manager)
                : ArrayMemory.copy(array, Precision.FLOAT32, manager));
        Map<NDArray, NDArray> made = new IdentityHashMap<>();
        Map<String, NDArray> folded = new LinkedHashMap<>();
        Set<ModelTensor> linear = Set.copyOf(architecture.linearWeights());
        for (ModelTensor tensor : architecture.tensors()) {
            NDArray array = get(tensor.name());
            Linear map = linear.contains(tensor) ? Linear.of(this, AdapterSettings.module(tensor.name())) : null;
            if (map == null || !map.isFoldable()) {
                folded.put(tensor.name(), wide.apply(array));
            } else if (untie) {
                folded.put(tensor.name(), map.folded(tensor.shape().get(1), manager));
            } else {
                folded.put(
                        tensor.name(),
                        made.computeIfAbsent(
                                array, a -> map.folded(tensor.shape().get(1), manager)));
            }
        }
        return new Parameters(folded, architecture, Precision.FLOAT32);
    }

    /** A function that gives the same result for the same array. */
    private static UnaryOperator<NDArray> once(UnaryOperator<NDArray> of) {
        Map<NDArray, NDArray> made = new IdentityHashMap<>();
        return array -> made.computeIfAbsent(array, of);
    }

    /** Another handle to the same memory, which libtorch keeps until the last handle is closed. */
    private static NDArray share(NDArray array, NDManager manager) {
        NDArray handle = array.stopGradient();
        handle.attach(manager);
        return handle;
    }

    /** These parameters as named tensors; those of adapters behind the others. */
    Checkpoint asCheckpoint(String source) {
        Map<String, NDArray> all = unique();
        all.putAll(adapters.unique());
        Map<String, String> ties = new LinkedHashMap<>(ties().keptByAlias());
        ties.putAll(adapters.ties().keptByAlias());
        return new ArrayCheckpoint(source, all, quantized, new Ties(ties));
    }

    /** The adapters alone as named tensors, by their names in a file of adapters. */
    Checkpoint asAdapters(String source) {
        Map<String, NDArray> stored = new LinkedHashMap<>();
        adapters.unique().forEach((name, array) -> stored.put(StoredAdapters.stored(name), array));
        Map<String, String> ties = new LinkedHashMap<>();
        adapters.ties()
                .keptByAlias()
                .forEach((alias, kept) -> ties.put(StoredAdapters.stored(alias), StoredAdapters.stored(kept)));
        return new ArrayCheckpoint(source, stored, new Ties(ties));
    }

    /** What of these parameters is written to a file: all that can't be computed. */
    Checkpoint asFile(String source) {
        return new ArrayCheckpoint(
                source, unique(tensor -> tensor.kind() != ModelTensor.Kind.SINUSOIDS), quantized, ties());
    }
}
