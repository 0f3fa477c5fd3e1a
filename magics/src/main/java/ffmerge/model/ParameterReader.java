package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.Counted;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.ModelTensor;
import ffmerge.architecture.Quantization;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.torch.ArrayMemory;
import ffmerge.torch.Kernels;
import ffmerge.torch.Precision;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads a model's parameters from a checkpoint. */
final class ParameterReader {
    /** Of tensors in a message. */
    private static final int NAMED = 3;
    /** Values that are looked at at a time. */
    private static final int BLOCK = 1 << 18;

    private static final float LARGEST_FLOAT16 = 65504;

    private final Checkpoint checkpoint;
    private final Architecture architecture;
    private final Precision precision;
    private final NDManager manager;
    private final Optional<PackedReader> packed;

    /**
     * @param precision of learned matrices
     * @param stored the form in which the file holds linear maps, if that is not floats
     */
    private ParameterReader(
            Checkpoint checkpoint,
            Architecture architecture,
            Precision precision,
            Optional<WeightForm> stored,
            NDManager manager) {
        this.checkpoint = checkpoint;
        this.architecture = architecture;
        this.precision = precision;
        this.manager = manager;
        this.packed = stored.map(form -> new PackedReader(checkpoint, form, architecture, manager));
    }

    /**
     * Reads from a file, which has its own word in what is tied: where it holds tensors with values of their own for a place
     * that the config, or the family, ties to another, these count, as they do for transformers 5.
     *
     * @param precision of learned matrices
     * @param form in which linear maps are held, if that is not floats; they are quantized as soon as they are read, so that
     *     no two are in float32 at a time
     * @param stored the form in which the file holds them, if that is not floats
     * @throws UserError if tensors are missing, have another shape, or hold values that are not finite
     */
    static Parameters read(
            Checkpoint checkpoint,
            Architecture architecture,
            Precision precision,
            Optional<WeightForm> form,
            Optional<WeightForm> stored,
            NDManager manager,
            Progress progress) {
        ParameterReader tied = new ParameterReader(checkpoint, architecture, precision, stored, manager);
        Architecture untied = architecture.untied(tied.ownTensors());
        Architecture held = untied.withFactors(factored(checkpoint, untied));
        return new ParameterReader(checkpoint, held, precision, stored, manager).read(form, progress);
    }

    /** The sublayers of which the file holds factors. */
    private static Set<FeedForwardSublayer> factored(Checkpoint checkpoint, Architecture architecture) {
        return architecture.stacks().stream()
                .flatMap(stack -> stack.feedForwards().stream())
                .filter(sublayer ->
                        architecture.factor(sublayer).spellings().stream().anyMatch(checkpoint.tensors()::containsKey))
                .collect(Collectors.toSet());
    }

    /** Names of tensors that are left out as tied, of which the file nevertheless has its own. */
    private Set<String> ownTensors() {
        Set<String> own = new HashSet<>();
        for (Architecture.Tie tie : architecture.ties()) {
            Optional<String> alias = tie.tensor().spellings().stream()
                    .filter(s ->
                            checkpoint.tensors().containsKey(checkpoint.ties().keptName(s)))
                    .findFirst();
            Optional<String> kept = architecture.tensors().stream()
                    .filter(t -> t.stack() == null && t.role().equals(tie.role()))
                    .findFirst()
                    .flatMap(this::stored);
            if (alias.isPresent() && kept.isPresent() && !areSame(alias.get(), kept.get())) {
                own.add(tie.tensor().name());
            }
        }
        return own;
    }

    private boolean areSame(String one, String other) {
        String first = checkpoint.ties().keptName(one);
        String second = checkpoint.ties().keptName(other);
        if (first.equals(second)) {
            return true;
        }
        TensorSpec spec = checkpoint.tensors().get(first);
        if (!spec.shape().equals(checkpoint.tensors().get(second).shape())) {
            return false;
        }
        checkpoint.requireWeights(first);
        checkpoint.requireWeights(second);
        FloatBuffer a = FloatBuffer.allocate(BLOCK);
        FloatBuffer b = FloatBuffer.allocate(BLOCK);
        for (long from = 0; from < spec.elements(); from += BLOCK) {
            int count = (int) Math.min(BLOCK, spec.elements() - from);
            checkpoint.read(first, from, a.clear().limit(count));
            checkpoint.read(second, from, b.clear().limit(count));
            if (!a.flip().equals(b.flip())) {
                return false;
            }
        }
        return true;
    }

    /**
     * Reads every tensor that the architecture asks for, under any of the spellings that its table knows. Tables of
     * positions that the file lacks are computed, buffers that it lacks are zero.
     *
     * @throws UserError if tensors are missing, have another shape, or hold values that are not finite
     */
    private Parameters read(Optional<WeightForm> form, Progress progress) {
        Map<String, String> stored = storedNames();
        Optional<Quantizer> quantizer = form.map(f -> new Quantizer(f, architecture, manager));
        Map<String, Weight> weights = new LinkedHashMap<>();
        Map<String, Weight> byKeptName = new HashMap<>();
        Map<String, Long> elements = new HashMap<>();
        architecture.tensors().stream()
                .filter(tensor -> stored.containsKey(tensor.name()))
                .forEach(tensor -> elements.put(keptName(tensor, stored.get(tensor.name())), tensor.elements()));
        long total = elements.values().stream().mapToLong(Long::longValue).sum();
        try (Progress.Stage stage = progress.start("Loading", total, "parameters")) {
            long done = 0;
            for (ModelTensor tensor : architecture.tensors()) {
                if (!stored.containsKey(tensor.name())) {
                    weights.put(tensor.name(), computed(tensor));
                    continue;
                }
                String kept = keptName(tensor, stored.get(tensor.name()));
                Weight weight = byKeptName.get(kept);
                if (weight == null) {
                    weight = weight(stored.get(tensor.name()), tensor, quantizer);
                    byKeptName.put(kept, weight);
                    done += tensor.elements();
                    stage.advance(done);
                }
                weights.put(tensor.name(), weight);
            }
        }
        return new Parameters(weights, Adapters.NONE, architecture, precision);
    }

    private Weight computed(ModelTensor tensor) {
        return new FloatWeight(RandomParameters.computed(tensor, manager), Precision.FLOAT32, tensor.inputsFirst());
    }

    private boolean isPacked(ModelTensor tensor, String spelling) {
        return packed.isPresent() && packed.get().holds(tensor, spelling);
    }

    private String keptName(ModelTensor tensor, String spelling) {
        return isPacked(tensor, spelling)
                ? packed.get().keptName(tensor, spelling)
                : checkpoint.ties().keptName(spelling);
    }

    private Weight weight(String spelling, ModelTensor tensor, Optional<Quantizer> quantizer) {
        if (isPacked(tensor, spelling)) {
            return packed.get().read(tensor, spelling);
        }
        String kept = checkpoint.ties().keptName(spelling);
        if (quantizer.isPresent() && quantizer.get().takes(tensor)) {
            return quantizer.get().quantized(tensor, values(kept, tensor, Precision.FLOAT32));
        }
        Precision held = Parameters.precision(tensor, precision);
        return new FloatWeight(values(kept, tensor, held), held, tensor.inputsFirst());
    }

    private Map<String, String> storedNames() {
        Map<String, String> stored = new HashMap<>();
        Set<String> missing = new LinkedHashSet<>();
        Map<String, TensorSpec> tensors = checkpoint.tensors();
        for (ModelTensor tensor : architecture.tensors()) {
            tensor.spellings().forEach(checkpoint::requireWeights);
            Optional<String> found = stored(tensor);
            if (found.isEmpty()) {
                if (tensor.kind() == ModelTensor.Kind.LEARNED) {
                    missing.add(architecture.storedName(tensor));
                }
                continue;
            }
            stored.put(tensor.name(), found.get());
            if (isPacked(tensor, found.get())) {
                continue;
            }
            TensorSpec spec = tensors.get(checkpoint.ties().keptName(found.get()));
            if (!spec.shape().equals(tensor.shape())) {
                throw new UserError(checkpoint.source() + ": tensor '" + found.get() + "' has the shape "
                        + TensorSpec.describe(spec.shape()) + ", config.json asks for "
                        + TensorSpec.describe(tensor.shape()));
            }
        }
        if (!missing.isEmpty()) {
            List<String> unknown =
                    tensors.keySet().stream().filter(architecture::isUnknown).toList();
            throw new UserError(checkpoint.source() + " lacks " + missing.size() + " of the "
                    + architecture.tensors().size()
                    + " tensors of this " + architecture.title() + ": " + Counted.firstOf(List.copyOf(missing), NAMED)
                    + (unknown.isEmpty() ? "" : "; it holds others: " + Counted.firstOf(unknown, NAMED))
                    + Quantization.ofNames(unknown).map(q -> "; " + q).orElse(""));
        }
        return stored;
    }

    /** The name under which the file holds a tensor, or one that is tied to it. */
    private Optional<String> stored(ModelTensor tensor) {
        Stream<ModelTensor> tied = tensor.stack() != null
                ? Stream.of()
                : architecture.ties().stream()
                        .filter(tie -> tie.role().equals(tensor.role()))
                        .map(Architecture.Tie::tensor);
        return Stream.concat(Stream.of(tensor), tied)
                .flatMap(t -> t.spellings().stream())
                .filter(s -> isPacked(tensor, s)
                        || checkpoint.tensors().containsKey(checkpoint.ties().keptName(s)))
                .findFirst();
    }

    private NDArray values(String storedName, ModelTensor tensor, Precision held) {
        NDArray array = ArrayMemory.create(
                manager, Parameters.shape(tensor), held, (from, into) -> checkpoint.read(storedName, from, into));
        if (!isFinite(array)) {
            refuse(storedName, tensor, held);
        }
        return array;
    }

    /** False where a NaN or an infinity has spread into the sum, or the sum is too large. */
    static boolean isFinite(NDArray array) {
        try (NDArray sum = Kernels.run(array.getManager(), false, "sum", array)) {
            return Float.isFinite(sum.getFloat());
        }
    }

    private void refuse(String name, ModelTensor tensor, Precision held) {
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
        if (large > 0 && held == Precision.FLOAT16) {
            throw new UserError(checkpoint.source() + ": tensor '" + name + "' holds " + large
                    + " values that float16 can't; --dtype bfloat16 can");
        }
    }
}
