package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ffmerge.UserError;
import ffmerge.adapter.AdapterSettings;
import ffmerge.adapter.StoredAdapters;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.Ties;
import ffmerge.torch.ArrayMemory;
import ffmerge.torch.Kernels;
import ffmerge.torch.Precision;
import ffmerge.torch.SharedArrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** A model's weights in native memory, by the names of its architecture. Tied names stand for one and the same weight. */
public final class Parameters {
    private final Map<String, Weight> weights;
    private final Map<Place, String> names = new HashMap<>();
    private final Adapters adapters;
    private final Architecture architecture;
    private final Precision precision;
    /** Names of weights that training leaves as they are. */
    private final Set<String> frozen;

    /** Where a tensor stands in the forward pass. */
    private record Place(String stack, int layer, String role) {}

    /** Parameters of which training changes all. */
    Parameters(Map<String, Weight> weights, Adapters adapters, Architecture architecture, Precision precision) {
        this(weights, adapters, architecture, precision, Set.of());
    }

    /**
     * @param precision of learned matrices that are held as they are
     * @param frozen names of weights that training leaves as they are, under whatever other names they stand, too
     */
    private Parameters(
            Map<String, Weight> weights,
            Adapters adapters,
            Architecture architecture,
            Precision precision,
            Set<String> frozen) {
        this.weights = Collections.unmodifiableMap(weights);
        this.adapters = adapters;
        this.architecture = architecture;
        this.precision = precision;
        architecture.tensors().forEach(t -> names.put(new Place(t.stack(), t.layer(), t.role()), t.name()));
        this.frozen = withAliases(frozen);
    }

    private Set<String> withAliases(Set<String> some) {
        Set<Weight> chosen = Collections.newSetFromMap(new IdentityHashMap<>());
        some.forEach(name -> chosen.add(weight(name)));
        return weights.keySet().stream()
                .filter(name -> chosen.contains(weights.get(name)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Names of weights that training leaves as they are, in alphabetical order. */
    public Set<String> frozen() {
        return Collections.unmodifiableSet(frozen);
    }

    /** These parameters, shared in memory, of which training leaves some more as they are. */
    Parameters freezing(Set<String> more, NDManager manager) {
        UnaryOperator<NDArray> share = once(array -> share(array, manager));
        Set<String> all = new TreeSet<>(frozen);
        all.addAll(more);
        return new Parameters(each(weights(share)), adapters.map(share, manager), architecture, precision, all);
    }

    /** In what learned matrices are held; vectors (gains, biases) and buffers are float32 in any case. */
    public Precision precision() {
        return precision;
    }

    static Precision precision(ModelTensor tensor, Precision ofMatrices) {
        boolean matrix =
                tensor.kind() == ModelTensor.Kind.LEARNED && tensor.shape().size() > 1;
        return matrix ? ofMatrices : Precision.FLOAT32;
    }

    static Shape shape(ModelTensor tensor) {
        return shape(tensor.shape());
    }

    static Shape shape(List<Long> sizes) {
        return new Shape(sizes.stream().mapToLong(Long::longValue).toArray());
    }

    /** Whether places that share a weight have adapters that differ. */
    public boolean hasDifferingAdapters() {
        return adapters.differ(ties());
    }

    /** Of these parameters: the config's, but for what a file has of its own. */
    Architecture architecture() {
        return architecture;
    }

    Adapters adapters() {
        return adapters;
    }

    /** What the model's adapters are like; empty if it carries none. */
    public Optional<AdapterSettings> adapterSettings() {
        return Optional.ofNullable(adapters.settings());
    }

    /** What linear maps are held in where that is not floats. */
    public Optional<WeightForm> form() {
        return weights.values().stream()
                .flatMap(weight -> weight.form().stream())
                .findFirst();
    }

    /** Whether linear maps are held in another form than floats. */
    public boolean isQuantized() {
        return form().isPresent();
    }

    /** The weight of a name. */
    Weight weight(String name) {
        Weight weight = weights.get(name);
        if (weight == null) {
            throw new IllegalArgumentException("no parameter '" + name + "'");
        }
        return weight;
    }

    /** The array of a name; of a weight in another form than floats, its codes. */
    public NDArray get(String name) {
        return weight(name).array();
    }

    /** The name of the tensor of this role, if the model has one. */
    Optional<String> name(String stack, int layer, String role) {
        return Optional.ofNullable(names.get(new Place(stack, layer, role)));
    }

    /** The weight of this role, if the model has one. */
    Optional<Weight> find(String stack, int layer, String role) {
        return name(stack, layer, role).map(weights::get);
    }

    /** The linear map with the weight of this name, its adapter included. */
    Linear linear(String name, Optional<NDArray> bias, Optional<NDArray> factor) {
        return Linear.of(weight(name), bias, factor, adapters, AdapterSettings.module(name));
    }

    /** All arrays, a tied one once, with the first of its names, in the architecture's order. */
    public Map<String, NDArray> unique() {
        return arrays(unique(tensor -> true));
    }

    /**
     * Those that training changes: of a model with adapters these alone, else all of {@link #unique} but tables, buffers and
     * what is frozen.
     */
    public Map<String, NDArray> learned() {
        if (!adapters.isEmpty()) {
            return adapters.unique();
        }
        return arrays(unique(tensor -> tensor.kind() == ModelTensor.Kind.LEARNED && !frozen.contains(tensor.name())));
    }

    private Map<String, Weight> unique(Predicate<ModelTensor> which) {
        Map<String, Weight> chosen = new LinkedHashMap<>();
        architecture.tensors().stream().filter(which).forEach(t -> chosen.put(t.name(), weights.get(t.name())));
        return SharedArrays.unique(chosen);
    }

    private static Map<String, NDArray> arrays(Map<String, Weight> weights) {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        weights.forEach((name, weight) -> arrays.put(name, weight.array()));
        return arrays;
    }

    /** Which names share a weight with an earlier one. */
    public Ties ties() {
        return SharedArrays.ties(weights);
    }

    /** How many parameters the model has if each place counts. */
    public long count() {
        return architecture.parameters() + adapters.count();
    }

    /** How many parameters are held in memory. */
    public long uniqueCount() {
        return unique(ModelTensor::isParameter).values().stream()
                        .mapToLong(weight -> weight.shape().size())
                        .sum()
                + adapters.uniqueCount();
    }

    /** How many parameters training changes. */
    public long learnedCount() {
        return learned().values().stream().mapToLong(NDArray::size).sum();
    }

    /** Bytes of the weight of a name. */
    public long bytes(String name) {
        return weight(name).bytes();
    }

    /** The names of weights that folding makes anew: those that carry an adapter or a factor, or are no floats. */
    public Set<String> foldable() {
        Set<ModelTensor> linear = Set.copyOf(architecture.linearWeights());
        return architecture.tensors().stream()
                .filter(t -> takesFactor(t, architecture)
                        || linear.contains(t)
                                && linear(t.name(), Optional.empty(), Optional.empty())
                                        .isFoldable())
                .map(ModelTensor::name)
                .collect(Collectors.toSet());
    }

    /** Whether a tensor is a down-projection's weight or bias, which take up a factor where their place gets its own. */
    public static boolean takesFactor(ModelTensor tensor, Architecture architecture) {
        boolean ofDown = tensor.role().equals(FeedForwardTensor.DOWN)
                || tensor.role().equals(FeedForwardTensor.DOWN + FeedForwardTensor.BIAS);
        return ofDown
                && architecture.factored().stream()
                        .anyMatch(sublayer ->
                                sublayer.stack().equals(tensor.stack()) && sublayer.layer() == tensor.layer());
    }

    /** The names of the weights of linear maps that carry an adapter. */
    public Set<String> adapted() {
        return architecture.linearWeights().stream()
                .map(ModelTensor::name)
                .filter(weight -> adapters.of(AdapterSettings.module(weight)).isPresent())
                .collect(Collectors.toSet());
    }

    /** Bytes of native memory in which a copy is held whose weights are trained: all of them in float32. */
    public long floatBytes() {
        long values = unique(tensor -> true).values().stream()
                .mapToLong(weight -> weight.shape().size())
                .sum();
        return (values + adapters.uniqueCount()) * Float.BYTES;
    }

    /** Bytes of native memory. */
    public long bytes() {
        long held = unique(tensor -> true).values().stream()
                .mapToLong(Weight::bytes)
                .sum();
        return held + adapters.uniqueCount() * Float.BYTES;
    }

    /**
     * The parameters of an edited model. What the edit left alone is shared in memory; each model may be closed without
     * the other. An adapter goes wherever its weight goes.
     *
     * @param edit of {@link #asCheckpoint}; weights that are not floats keep their values
     * @throws UserError if a weight that carries an adapter gets other values, to which that doesn't belong
     */
    Parameters edited(EditedCheckpoint edit, Architecture result, NDManager manager) {
        UnaryOperator<NDArray> handle = once(array -> share(array, manager));
        UnaryOperator<Weight> share = weights(handle);
        Map<EditedCheckpoint.Content, Weight> made = new HashMap<>();
        Map<String, Weight> edited = new LinkedHashMap<>();
        for (ModelTensor tensor : result.tensors()) {
            edited.put(
                    tensor.name(),
                    made.computeIfAbsent(
                            edit.contents().get(tensor.name()),
                            content -> content instanceof EditedCheckpoint.Content.Values values
                                    ? made(tensor, values.values(), manager)
                                    : share.apply(weight(((EditedCheckpoint.Content.Original) content).name()))));
        }
        Set<String> still = edit.contents().entrySet().stream()
                .filter(e ->
                        e.getValue() instanceof EditedCheckpoint.Content.Original old && frozen.contains(old.name()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        return new Parameters(
                edited,
                adapters.map(handle, manager).under(oldModules(edit, result), manager),
                result,
                precision,
                still);
    }

    /** The names of linear maps after an edit, with those of the maps before whose weights they have. */
    private Map<String, String> oldModules(EditedCheckpoint edit, Architecture result) {
        Map<String, String> modules = new LinkedHashMap<>();
        for (ModelTensor map : result.linearWeights()) {
            String module = AdapterSettings.module(map.name());
            String old = edit.places().get(map.name());
            if (old != null) {
                modules.put(module, AdapterSettings.module(old));
            } else if (adapters.of(module).isPresent()) {
                throw new UserError(
                        "a model that carries adapters would lose them: first make them part of the weights with"
                                + " %ffmerge fold NAME --as NEW");
            }
        }
        return modules;
    }

    private Weight made(ModelTensor tensor, float[] values, NDManager manager) {
        Precision held = precision(tensor, precision);
        return new FloatWeight(ArrayMemory.create(manager, shape(tensor), held, values), held, tensor.inputsFirst());
    }

    /**
     * Parameters fit to be trained: in float32 and memory of their own; beside adapters, all but these is shared. Ties
     * stay ties.
     */
    Parameters copied(NDManager manager) {
        UnaryOperator<NDArray> copy = once(array -> ArrayMemory.copy(array, Precision.FLOAT32, manager));
        if (adapters.isEmpty()) {
            UnaryOperator<Weight> wide = once(weight -> wide(weight, copy));
            return new Parameters(each(wide), Adapters.NONE, architecture, Precision.FLOAT32, frozen);
        }
        return mapped(once(array -> onto(manager, array)), adapters.map(copy, manager));
    }

    static Weight wide(Weight weight, UnaryOperator<NDArray> copy) {
        return weight instanceof FloatWeight plain
                ? new FloatWeight(copy.apply(plain.array()), Precision.FLOAT32, plain.inputsFirst())
                : weight.map(copy);
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
        return new Parameters(each(weights(of)), with, architecture, precision, frozen);
    }

    private Map<String, Weight> each(UnaryOperator<Weight> of) {
        Map<String, Weight> mapped = new LinkedHashMap<>();
        weights.forEach((name, weight) -> mapped.put(name, of.apply(weight)));
        return mapped;
    }

    /** What is done to weights where this is done to their arrays; what is shared stays shared. */
    private static UnaryOperator<Weight> weights(UnaryOperator<NDArray> of) {
        return once(weight -> weight.map(of));
    }

    /** These parameters, shared in memory, with linear maps in another form; a tied weight is quantized once. */
    Parameters quantized(WeightForm form, NDManager manager) {
        Quantizer quantizer = new Quantizer(form, architecture, manager);
        UnaryOperator<NDArray> share = once(array -> share(array, manager));
        Map<Weight, Weight> made = new IdentityHashMap<>();
        Map<String, Weight> quantized = new LinkedHashMap<>();
        for (ModelTensor tensor : architecture.tensors()) {
            quantized.put(
                    tensor.name(),
                    made.computeIfAbsent(
                            weight(tensor.name()),
                            weight -> quantizer.takes(tensor) && weight.isPlain()
                                    ? quantizer.quantized(tensor, share.apply(weight.array()))
                                    : weight.map(share)));
        }
        return new Parameters(quantized, adapters.map(share, manager), architecture, precision, frozen);
    }

    /** These parameters, shared in memory, with new adapters that leave the outputs as they are. */
    Parameters adapted(AdapterSettings settings, NDManager manager, long seed) {
        Map<String, Shape> shapes = adapterShapes(settings);
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

    /** By the names of the maps that get an adapter, [out, in]. */
    private Map<String, Shape> adapterShapes(AdapterSettings settings) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        for (ModelTensor weight : architecture.linearWeights()) {
            String module = AdapterSettings.module(weight.name());
            if (settings.isTarget(module)) {
                shapes.put(module, new Shape(weight.outputs(), weight.inputs()));
            }
        }
        return shapes;
    }

    /**
     * These parameters, shared in memory, with adapters of these values beside those that they have.
     *
     * @param settings of both
     */
    Parameters adapted(AdapterSettings settings, Map<String, LowRank> values, NDManager manager) {
        UnaryOperator<NDArray> share = once(array -> share(array, manager));
        Adapters made = Adapters.of(settings, values, adapterShapes(settings), manager);
        List<String> modules = architecture.linearWeights().stream()
                .map(map -> AdapterSettings.module(map.name()))
                .toList();
        return mapped(share, made.beside(adapters.map(share, manager), modules, manager));
    }

    /** These parameters, shared in memory, with adapters that are read from a file. */
    Parameters adapted(StoredAdapters stored, NDManager manager) {
        return mapped(once(array -> share(array, manager)), Adapters.read(stored, ties(), manager));
    }

    /** These parameters, shared in memory, with factors of these sublayers' outputs in their places. */
    Parameters withFactors(Map<FeedForwardSublayer, float[]> factors, NDManager manager) {
        UnaryOperator<NDArray> share = once(array -> share(array, manager));
        UnaryOperator<Weight> held = weights(share);
        Set<FeedForwardSublayer> places = new HashSet<>(architecture.factored());
        places.addAll(factors.keySet());
        Architecture with = architecture.withFactors(places);
        Map<String, Weight> all = new LinkedHashMap<>();
        for (ModelTensor tensor : with.tensors()) {
            float[] values = tensor.role().equals(FeedForwardTensor.FACTOR)
                    ? factors.get(with.feedForward(tensor.stack(), tensor.layer()))
                    : null;
            all.put(tensor.name(), values == null ? held.apply(weight(tensor.name())) : made(tensor, values, manager));
        }
        return new Parameters(all, adapters.map(share, manager), with, precision, frozen);
    }

    /** Whether places that may share a weight have factors, of whatever values. */
    public boolean hasFactors() {
        return architecture.tensors().stream().anyMatch(t -> t.role().equals(FeedForwardTensor.FACTOR));
    }

    /**
     * What these parameters, their adapters and factors do together, in float32 weights. Float32 weights without either are
     * shared in memory.
     *
     * @param untie whether places of a tied weight each get their own; they must where their adapters differ, and before
     *     that factors stay beside them
     */
    Parameters folded(boolean untie, NDManager manager) {
        Folding folding = new Folding(this, untie, manager);
        Map<String, Weight> weights = folding.weights();
        Set<String> still =
                frozen.stream().filter(weights::containsKey).collect(Collectors.toSet()); // factors may be gone
        return new Parameters(weights, Adapters.NONE, folding.architecture(), Precision.FLOAT32, still);
    }

    /** A function that gives the same result for the same argument. */
    static <T> UnaryOperator<T> once(UnaryOperator<T> of) {
        Map<T, T> made = new IdentityHashMap<>();
        return argument -> made.computeIfAbsent(argument, of);
    }

    /** Another handle to the same memory, which libtorch keeps until the last handle is closed. */
    static NDArray share(NDArray array, NDManager manager) {
        NDArray handle = array.stopGradient();
        handle.attach(manager);
        return handle;
    }

    /** These parameters as named tensors; those of adapters behind the others. */
    Checkpoint asCheckpoint(String source) {
        Map<String, Weight> all = unique(tensor -> true);
        adapters.unique().forEach((name, array) -> all.put(name, ArrayCheckpoint.weight(array)));
        Map<String, String> ties = new LinkedHashMap<>(ties().keptByAlias());
        ties.putAll(adapters.ties().keptByAlias());
        return ArrayCheckpoint.of(source, all, new Ties(ties));
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

    /**
     * What of these parameters is written to a file: all that can't be computed.
     *
     * @param packed whether linear maps in another form than floats stay in it
     */
    Checkpoint asFile(String source, boolean packed) {
        Map<String, Weight> written = unique(tensor -> tensor.kind() != ModelTensor.Kind.SINUSOIDS);
        return packed ? ArrayCheckpoint.ofParts(source, written, ties()) : ArrayCheckpoint.of(source, written, ties());
    }
}
