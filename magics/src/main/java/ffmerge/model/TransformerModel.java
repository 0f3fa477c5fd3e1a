package ffmerge.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.ModelFileNames;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.adapter.AdapterSettings;
import ffmerge.adapter.StoredAdapters;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.ModelConfig;
import ffmerge.architecture.Quantization;
import ffmerge.architecture.Stack;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.data.Batch;
import ffmerge.torch.Precision;
import ffmerge.torch.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A model in memory. It owns native memory: close it. What a pass computes belongs to the pass's scope.
 *
 * <p>Layers are counted over all stacks in the order in which a batch passes them.
 */
public abstract class TransformerModel implements AutoCloseable {
    /** The file by which a folder that this library saved is known. */
    public static final String OUR_NOTES = ModelFileNames.OUR_NOTES;

    private final Architecture architecture;
    private final Parameters parameters;
    private final NDManager manager;
    private final ModelOrigin origin;

    TransformerModel(Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin) {
        this.architecture = architecture;
        this.parameters = parameters;
        this.manager = manager;
        this.origin = origin;
    }

    /** Loads a folder in float32; otherwise as the other {@code load}. */
    public static TransformerModel load(Path folder, Device device, Progress progress) {
        return load(folder, device, Precision.FLOAT32, progress);
    }

    /**
     * Loads a folder in Hugging Face layout.
     *
     * @param precision in what the matrices are held, whatever the file's type
     * @throws UserError if the folder, its config or its weights are not as they should be
     */
    public static TransformerModel load(Path folder, Device device, Precision precision, Progress progress) {
        return load(folder, device, precision, Optional.empty(), progress);
    }

    /**
     * @param form in which linear maps are held, if that is not floats; each is quantized when it is read, so that they
     *     never are all in float32
     * @throws UserError as the other {@code load}
     */
    public static TransformerModel load(
            Path folder, Device device, Precision precision, Optional<WeightForm> form, Progress progress) {
        if (!Files.isDirectory(folder)) {
            throw new UserError("there is no folder " + folder);
        }
        ModelConfig config = ModelConfig.read(folder.resolve("config.json"));
        Quantization.requireNone(config);
        Optional<WeightForm> stored = config.weights().map(label -> WeightForms.stored(label, config.source()));
        if (stored.isPresent() && form.isPresent() && !form.equals(stored)) {
            throw new UserError(
                    folder + " holds its linear maps in " + stored.get().label() + "; they can't be put into "
                            + form.get().label() + ": load the model that it was made from");
        }
        Architecture architecture = Architecture.of(config.ofModel());
        ForwardPasses.requireSupported(architecture);
        Torch.start();
        NDManager manager = NDManager.newBaseManager(device, Torch.ENGINE);
        try (Checkpoint file = StatedTies.over(Checkpoint.open(folder), config, architecture)) {
            Checkpoint checkpoint = SplitTensors.over(file, architecture);
            Parameters weights =
                    ParameterReader.read(checkpoint, architecture, precision, form, stored, manager, progress);
            Parameters parameters = withRemainders(folder, weights, manager);
            return ForwardPasses.model(
                    parameters.architecture(),
                    parameters,
                    manager,
                    new ModelOrigin(folder, dtypeOf(checkpoint), unread(checkpoint, architecture)));
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    /** What merging gave back to places stands as adapters in the same folder, where this library saved it. */
    private static Parameters withRemainders(Path folder, Parameters weights, NDManager manager) {
        if (!StoredAdapters.areIn(folder) || !Files.isRegularFile(folder.resolve(OUR_NOTES))) {
            return weights;
        }
        try (StoredAdapters stored = StoredAdapters.open(folder, weights.architecture())) {
            return weights.adapted(stored, manager);
        }
    }

    /**
     * A folder's config with random weights, for training from the start; its tokenizer stays where it is.
     *
     * @throws UserError if the folder or its config is not as it should be
     */
    public static TransformerModel fresh(Path folder, Device device, long seed) {
        Architecture architecture =
                Architecture.of(ModelConfig.read(folder.resolve("config.json")).ofModel());
        Torch.start();
        NDManager manager = NDManager.newBaseManager(device, Torch.ENGINE);
        Parameters parameters = RandomParameters.of(architecture, manager, seed);
        return ForwardPasses.model(architecture, parameters, manager, new ModelOrigin(folder, DType.F32, List.of()));
    }

    /** A model of random weights, to measure what one of this shape costs. It was never anywhere on disk. */
    public static TransformerModel random(Architecture architecture, Device device, long seed) {
        Torch.start();
        NDManager manager = NDManager.newBaseManager(device, Torch.ENGINE);
        return ForwardPasses.model(architecture, RandomParameters.of(architecture, manager, seed), manager, null);
    }

    /** What a checkpoint holds and the model has no place for; parts of a quantized weight begin with its name. */
    private static List<String> unread(Checkpoint checkpoint, Architecture architecture) {
        return checkpoint.tensors().keySet().stream()
                .filter(architecture::isUnknown)
                .filter(name -> architecture.tensors().stream()
                        .flatMap(tensor -> tensor.spellings().stream())
                        .noneMatch(name::startsWith))
                .toList();
    }

    /** The type that most bytes of a checkpoint have. */
    private static DType dtypeOf(Checkpoint checkpoint) {
        Map<DType, Long> bytes = checkpoint.tensors().values().stream()
                .filter(spec -> spec.dtype().isFloating())
                .collect(Collectors.groupingBy(TensorSpec::dtype, Collectors.summingLong(TensorSpec::bytes)));
        DType most = bytes.entrySet().stream()
                .max(Comparator.comparingLong(Map.Entry::getValue))
                .map(Map.Entry::getKey)
                .orElse(DType.F32);
        return most == DType.F64 ? DType.F32 : most;
    }

    public Architecture architecture() {
        return architecture;
    }

    public Parameters parameters() {
        return parameters;
    }

    /** @return null for a model of random weights */
    public ModelOrigin origin() {
        return origin;
    }

    public Device device() {
        return manager.getDevice();
    }

    /** A manager for the arrays of one pass, to be closed by the caller before the model. */
    public NDManager newScope() {
        return manager.newSubManager();
    }

    /** How many layers a batch passes, over all stacks. */
    public int layers() {
        return architecture.stacks().stream().mapToInt(s -> s.layers()).sum();
    }

    /** What enters the first layer. */
    public abstract HiddenStates embed(Batch batch, Pass pass);

    /** A batch of about so many tokens (patches), made of noise, to measure what real ones cost. */
    public abstract Batch noise(int tokens, long seed);

    /** Computes what the last states are for: the losses or scores of what the batch asks for. */
    public abstract NDArray head(HiddenStates last, Pass pass);

    /** Runs the layer that the states stand before; they stay as they are. */
    abstract HiddenStates layer(HiddenStates from, Pass pass);

    /**
     * Runs the layers from where the states stand to {@code layer} (exclusive). The states that come in stay valid; those
     * between are freed on the way.
     */
    public HiddenStates advance(HiddenStates from, int layer, Pass pass) {
        HiddenStates states = from;
        while (states.layer() < layer) {
            pass.seedDropout(1 + states.layer());
            HiddenStates entering = entering(states, pass);
            HiddenStates next = layer(entering, pass);
            observeLayer(entering, next, pass);
            if (entering != states) {
                entering.close();
            }
            if (states != from) {
                states.close();
            }
            states = next;
        }
        return states;
    }

    /** The states that the next layer takes; other ones than the last layer gave where a new stack begins. */
    HiddenStates entering(HiddenStates states, Pass pass) {
        return states;
    }

    /** Shows who asks what a layer makes of the states that enter it. */
    private void observeLayer(HiddenStates entering, HiddenStates next, Pass pass) {
        int layer = entering.layer();
        for (Stack stack : architecture.stacks()) {
            if (layer >= 0 && layer < stack.layers()) {
                observe(Site.LAYER_INPUT, stack.name(), layer, entering.x(), entering, pass);
                observe(Site.LAYER_OUTPUT, stack.name(), layer, next.x(), next, pass);
            }
            layer -= stack.layers();
        }
    }

    /**
     * Shows values {@code [batch, time, width]} of all places of a batch; of a batch with padding, where that counts only.
     *
     * @param states of the batch
     */
    void observe(Site site, String stack, int layer, NDArray values, HiddenStates states, Pass pass) {
        pass.observe(site, stack, layer, values);
    }

    /** The mean loss of a batch as a scalar, for tuning. */
    public NDArray loss(Batch batch, Pass pass) {
        try (HiddenStates first = embed(batch, pass);
                HiddenStates last = advance(first, layers(), pass)) {
            return loss(last, pass);
        }
    }

    /** The mean loss of a batch that has passed all layers. */
    public abstract NDArray loss(HiddenStates last, Pass pass);

    /** The weights as named tensors, without a copy; valid while the model is open. */
    public Checkpoint checkpoint() {
        return parameters.asCheckpoint(architecture.title());
    }

    /**
     * What a file of this model holds: {@link #checkpoint} without what follows from the shapes alone.
     *
     * @param packed whether linear maps in another form than floats stay in it
     */
    public Checkpoint savedCheckpoint(boolean packed) {
        return parameters.asFile(architecture.title(), packed);
    }

    /** {@link #savedCheckpoint} in floats by the names of the family's own files, in which one tensor may hold several. */
    public Checkpoint familyCheckpoint() {
        return JoinedTensors.over(savedCheckpoint(false), architecture);
    }

    /** A tensor of the family's own files of which only a part is shared with other places, which they can't say; if any. */
    public Optional<String> tornTensor() {
        return JoinedTensors.torn(savedCheckpoint(false), architecture);
    }

    /**
     * The model that an edit of {@link #checkpoint} describes. Weights that the edit left alone are shared in memory;
     * either model may be closed first. Adapters go along with their weights.
     *
     * @param edited the architecture of the result; this model's own unless layers went away
     * @throws UserError if a weight that carries an adapter gets other values: the adapter would be lost
     */
    public TransformerModel edited(EditedCheckpoint edit, Architecture edited) {
        return derived(device(), own -> parameters.edited(edit, edited, own));
    }

    /**
     * A model of the same values, fit to be tuned: what training changes is in float32 and memory of its own; weights that
     * are frozen beside adapters are shared.
     */
    public TransformerModel copy() {
        return copy(device());
    }

    /** The same copy on another device, or once more on this one. */
    public TransformerModel copy(Device device) {
        return derived(device, parameters::copied);
    }

    /**
     * The model with its linear maps in another form, ties kept; the rest is shared in memory. Either may be closed
     * first.
     */
    public TransformerModel quantized(WeightForm form) {
        return derived(device(), own -> parameters.quantized(form, own));
    }

    /**
     * The model of which training leaves some weights as they are; all are shared in memory.
     *
     * @param names of tensors; the same weight is frozen under its other names, too
     */
    public TransformerModel freezing(Set<String> names) {
        return derived(device(), own -> parameters.freezing(names, own));
    }

    /** The model with new adapters, which change no output yet; its weights are shared in memory and frozen. */
    public TransformerModel adapted(AdapterSettings settings, long seed) {
        return derived(device(), own -> parameters.adapted(settings, own, seed));
    }

    /**
     * The model with adapters of these values beside those that it has; its weights are shared in memory and frozen.
     *
     * @param settings of all its adapters
     * @param values by the names of linear maps, {@code model.layers.0.mlp.up_proj}
     */
    public TransformerModel adapted(AdapterSettings settings, Map<String, LowRank> values) {
        return derived(device(), own -> parameters.adapted(settings, values, own));
    }

    /** The model with adapters from a file; its weights are shared in memory and frozen. */
    public TransformerModel adapted(StoredAdapters stored) {
        return derived(device(), own -> parameters.adapted(stored, own));
    }

    /**
     * A model of float32 weights that computes what this one does, without adapters.
     *
     * @param untie whether places of a tied weight each get their own; they must where their adapters differ. Factors become
     *     part of weights only then
     */
    public TransformerModel folded(boolean untie) {
        return derived(device(), own -> parameters.folded(untie, own));
    }

    /**
     * The model with factors of the outputs of these sublayers in their places; its weights are shared in memory.
     *
     * @param factors {@code [model]} each
     */
    public TransformerModel withFactors(Map<FeedForwardSublayer, float[]> factors) {
        return derived(device(), own -> parameters.withFactors(factors, own));
    }

    /** The tensors of the adapters, by their names in a file of adapters; valid while the model is open. */
    public Checkpoint adapterCheckpoint() {
        return parameters.asAdapters(architecture.title());
    }

    private TransformerModel derived(Device device, Function<NDManager, Parameters> how) {
        NDManager own = NDManager.newBaseManager(device, Torch.ENGINE);
        try {
            Parameters made = how.apply(own);
            return ForwardPasses.model(made.architecture(), made, own, origin);
        } catch (RuntimeException | Error e) {
            own.close();
            throw e;
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
