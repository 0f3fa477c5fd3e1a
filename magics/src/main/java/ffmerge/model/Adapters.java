package ffmerge.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.adapter.AdapterSettings;
import ffmerge.adapter.AdapterSettings.Sharing;
import ffmerge.adapter.StoredAdapters;
import ffmerge.checkpoint.Ties;
import ffmerge.torch.ArrayMemory;
import ffmerge.torch.Precision;
import ffmerge.torch.RandomArrays;
import ffmerge.torch.SharedArrays;
import ffmerge.torch.Torch;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The adapters of a model's linear maps in native memory. Maps that share an adapter have one and the same arrays. */
final class Adapters {
    /** A model's that carries none. */
    static final Adapters NONE = new Adapters(null, Map.of(), null, null);

    private static final String A = ".lora_A.weight";
    private static final String B = ".lora_B.weight";

    private final AdapterSettings settings;
    private final Map<String, Adapter> byModule;
    /** On the CPU, where reading them waits for no GPU. */
    private final NDArray scale;

    private final NDArray dropout;

    /**
     * One adapter.
     *
     * @param a {@code [rank, in]}
     * @param b {@code [out, rank]}
     */
    record Adapter(NDArray a, NDArray b) {}

    private Adapters(AdapterSettings settings, Map<String, Adapter> byModule, NDArray scale, NDArray dropout) {
        this.settings = settings;
        this.byModule = Collections.unmodifiableMap(byModule);
        this.scale = scale;
        this.dropout = dropout;
    }

    /**
     * @param byModule by the names of linear maps, in the order of the architecture
     * @param manager of the arrays
     */
    static Adapters of(AdapterSettings settings, Map<String, Adapter> byModule, NDManager manager) {
        NDManager cpu = manager.newSubManager(Device.cpu());
        return new Adapters(
                settings, byModule, cpu.create((float) settings.scale()), cpu.create((float) settings.dropout()));
    }

    /**
     * New adapters as PEFT makes them: A uniform within {@code ±1/√in}, B zero, so that the model's outputs are what they
     * were.
     *
     * @param shapes of the weights of the maps that get one, by the maps' names
     * @param kept the map whose adapter each map has: its own name unless they share one
     */
    static Adapters fresh(
            AdapterSettings settings,
            Map<String, Shape> shapes,
            UnaryOperator<String> kept,
            NDManager manager,
            long seed) {
        Torch.seed(seed);
        Map<String, Adapter> made = new LinkedHashMap<>();
        shapes.forEach((module, shape) -> {
            Adapter known = made.get(kept.apply(module));
            made.put(module, known != null ? known : fresh(settings.rank(), shape, manager));
        });
        return of(settings, made, manager);
    }

    /** Adapters with these values, by the names of linear maps, each of them one of its own. */
    static Adapters of(
            AdapterSettings settings, Map<String, LowRank> values, Map<String, Shape> shapes, NDManager manager) {
        Map<String, Adapter> made = new LinkedHashMap<>();
        shapes.forEach((module, shape) -> {
            LowRank each = values.get(module);
            if (each != null) {
                made.put(
                        module,
                        new Adapter(
                                ArrayMemory.create(
                                        manager, new Shape(settings.rank(), shape.get(1)), Precision.FLOAT32, each.a()),
                                ArrayMemory.create(
                                        manager,
                                        new Shape(shape.get(0), settings.rank()),
                                        Precision.FLOAT32,
                                        each.b())));
            }
        });
        return of(settings, made, manager);
    }

    /**
     * Adapters from a file. Maps that share a weight share their adapter where the file has the same for all of them.
     *
     * @param ofWeights ties of the weights
     */
    static Adapters read(StoredAdapters stored, Ties ofWeights, NDManager manager) {
        Map<String, Adapter> read = new LinkedHashMap<>();
        boolean shared = true;
        for (String module : stored.modules()) {
            String kept = AdapterSettings.module(ofWeights.keptName(module + ".weight"));
            if (read.containsKey(kept) && stored.areEqual(module, kept)) {
                read.put(module, read.get(kept));
                continue;
            }
            shared &= kept.equals(module);
            read.put(
                    module,
                    new Adapter(
                            array(stored, StoredAdapters.a(module), manager),
                            array(stored, StoredAdapters.b(module), manager)));
        }
        return of(stored.settings().with(shared ? Sharing.SHARED : Sharing.PER_LAYER), read, manager);
    }

    private static NDArray array(StoredAdapters stored, String name, NDManager manager) {
        List<Long> shape = stored.checkpoint().tensors().get(name).shape();
        return ArrayMemory.create(
                manager,
                new Shape(shape.stream().mapToLong(Long::longValue).toArray()),
                Precision.FLOAT32,
                (from, into) -> stored.checkpoint().read(name, from, into));
    }

    private static Adapter fresh(int rank, Shape weight, NDManager manager) {
        float bound = (float) (1 / Math.sqrt(weight.get(1)));
        return new Adapter(
                RandomArrays.uniform(bound, new Shape(rank, weight.get(1)), manager),
                manager.zeros(new Shape(weight.get(0), rank), DataType.FLOAT32));
    }

    /** @return null for a model without */
    AdapterSettings settings() {
        return settings;
    }

    boolean isEmpty() {
        return byModule.isEmpty();
    }

    Optional<Adapter> of(String module) {
        return Optional.ofNullable(byModule.get(module));
    }

    /** A float32 scalar on the CPU. */
    NDArray scale() {
        return scale;
    }

    /** The probability as a float32 scalar on the CPU, if the map has an adapter and that has dropout. */
    Optional<NDArray> dropout(String module) {
        return byModule.containsKey(module) && settings.dropout() > 0 ? Optional.of(dropout) : Optional.empty();
    }

    /** All arrays, a shared one once, with the first of its names: {@code model.layers.0.mlp.up_proj.lora_A.weight}. */
    Map<String, NDArray> unique() {
        return SharedArrays.unique(named());
    }

    /** Which names share an array with an earlier one. */
    Ties ties() {
        return SharedArrays.ties(named());
    }

    private Map<String, NDArray> named() {
        Map<String, NDArray> named = new LinkedHashMap<>();
        byModule.forEach((module, adapter) -> {
            named.put(module + A, adapter.a());
            named.put(module + B, adapter.b());
        });
        return named;
    }

    /** How many parameters the adapters have if each place counts. */
    long count() {
        return byModule.values().stream()
                .mapToLong(a -> a.a().size() + a.b().size())
                .sum();
    }

    /** How many parameters are held. */
    long uniqueCount() {
        return unique().values().stream().mapToLong(NDArray::size).sum();
    }

    /** Whether maps that share a weight have adapters that differ. */
    boolean differ(Ties ofWeights) {
        return ofWeights.keptByAlias().entrySet().stream()
                .anyMatch(tie -> adapterOfWeight(tie.getKey()) != adapterOfWeight(tie.getValue()));
    }

    private Adapter adapterOfWeight(String weight) {
        return byModule.get(AdapterSettings.module(weight));
    }

    /**
     * The adapters of maps by other names.
     *
     * @param oldModules by the maps' new names, those that they have here
     */
    Adapters under(Map<String, String> oldModules, NDManager manager) {
        Map<String, Adapter> moved = new LinkedHashMap<>();
        oldModules.forEach((module, old) -> of(old).ifPresent(adapter -> moved.put(module, adapter)));
        return moved.isEmpty() ? NONE : of(settings, moved, manager);
    }

    /**
     * These adapters and others, of other maps, with the settings of these.
     *
     * @param modules the names of all linear maps, in the order of the architecture
     */
    Adapters beside(Adapters others, List<String> modules, NDManager manager) {
        Map<String, Adapter> all = new LinkedHashMap<>();
        modules.forEach(module -> of(module).or(() -> others.of(module)).ifPresent(a -> all.put(module, a)));
        return of(settings, all, manager);
    }

    /** The same adapters in other arrays; what is shared stays shared. */
    Adapters map(UnaryOperator<NDArray> of, NDManager manager) {
        if (isEmpty()) {
            return NONE;
        }
        Map<Adapter, Adapter> made = new IdentityHashMap<>();
        Map<String, Adapter> mapped = new LinkedHashMap<>();
        byModule.forEach((module, adapter) ->
                mapped.put(module, made.computeIfAbsent(adapter, a -> new Adapter(of.apply(a.a()), of.apply(a.b())))));
        return of(settings, mapped, manager);
    }
}
