package ffmerge.adapter;

import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.CheckpointWriter;
import ffmerge.checkpoint.CheckpointWriter.Format;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.PickleCheckpoint;
import ffmerge.checkpoint.SafetensorsFile;
import ffmerge.checkpoint.TensorSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Adapters in the folder in which PEFT keeps them, {@code adapter_config.json} and {@code adapter_model.safetensors}: two
 * tensors a linear map, {@code base_model.model.model.layers.0.mlp.up_proj.lora_A.weight} and {@code …lora_B.weight}.
 *
 * @param settings that hold for all of them; what places of a tied weight share, their values say
 * @param modules the linear maps that have one, in the order of the architecture
 * @param checkpoint with their tensors
 */
public record StoredAdapters(AdapterSettings settings, List<String> modules, Checkpoint checkpoint)
        implements AutoCloseable {
    private static final String PREFIX = "base_model.model.";
    private static final String CONFIG = "adapter_config.json";
    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final String PICKLED_WEIGHTS = "adapter_model.bin";
    private static final String A = ".lora_A.weight";
    private static final String B = ".lora_B.weight";

    /** The name in the file of what is {@code model.layers.0.mlp.up_proj.lora_A.weight} in a model. */
    public static String stored(String tensor) {
        return PREFIX + tensor;
    }

    /** The name in the file of a map's matrix A, {@code [rank, in]}. */
    public static String a(String module) {
        return stored(module + A);
    }

    /** The name in the file of a map's matrix B, {@code [out, rank]}. */
    public static String b(String module) {
        return stored(module + B);
    }

    /** @throws UserError if the folder holds no adapters, or none that fit this architecture */
    public static StoredAdapters open(Path folder, Architecture architecture) {
        Path file = folder.resolve(CONFIG);
        if (!Files.isRegularFile(file)) {
            throw new UserError(folder + " holds no " + CONFIG + ": it is no folder of adapters");
        }
        PeftConfig config = PeftConfig.read(file);
        Checkpoint weights = weights(folder);
        try {
            Checkpoint checkpoint = split(weights, architecture);
            List<String> modules = modules(checkpoint, config, architecture);
            List<String> targets =
                    modules.stream().map(AdapterSettings::target).distinct().toList();
            AdapterSettings settings = new AdapterSettings(
                    config.rank(), config.plainAlpha(), config.dropout(), targets, AdapterSettings.Sharing.PER_LAYER);
            return new StoredAdapters(settings, modules, checkpoint);
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    private static Checkpoint split(Checkpoint file, Architecture architecture) {
        return architecture.fused().isEmpty() ? file : new FusedAdapters(architecture).split(file);
    }

    private static Checkpoint weights(Path folder) {
        Path weights = folder.resolve(WEIGHTS);
        Path pickled = folder.resolve(PICKLED_WEIGHTS);
        if (Files.exists(weights)) {
            return SafetensorsFile.open(weights);
        }
        if (Files.exists(pickled)) {
            return PickleCheckpoint.open(pickled);
        }
        throw new UserError(folder + " holds neither " + WEIGHTS + " nor " + PICKLED_WEIGHTS);
    }

    private static List<String> modules(Checkpoint checkpoint, PeftConfig config, Architecture architecture) {
        long rank = config.rank();
        Map<String, ModelTensor> weights = architecture.linearWeights().stream()
                .collect(Collectors.toMap(
                        w -> AdapterSettings.module(w.name()), Function.identity(), (a, b) -> a, LinkedHashMap::new));
        List<String> unknown = new ArrayList<>(checkpoint.tensors().keySet());
        List<String> modules = new ArrayList<>();
        weights.forEach((module, weight) -> {
            TensorSpec a = checkpoint.tensors().get(a(module));
            TensorSpec b = checkpoint.tensors().get(b(module));
            if (a == null || b == null) {
                return; // one alone stays unknown
            }
            requireShape(checkpoint, a, List.of(rank, weight.inputs()));
            requireShape(checkpoint, b, List.of(weight.outputs(), rank));
            if (!config.isTarget(weight, architecture)) {
                throw new UserError(checkpoint.source() + " holds an adapter of '" + module + "', which " + CONFIG
                        + " doesn't name among its targets: PEFT would leave it out");
            }
            unknown.removeAll(List.of(a.name(), b.name()));
            modules.add(module);
        });
        if (!unknown.isEmpty()) {
            throw new UserError(checkpoint.source() + ": '" + unknown.get(0) + "' is no adapter of this "
                    + architecture.title() + "'s linear maps");
        }
        if (modules.isEmpty()) {
            throw new UserError(checkpoint.source() + " holds no adapter");
        }
        return modules;
    }

    static void requireShape(Checkpoint checkpoint, TensorSpec tensor, List<Long> shape) {
        if (!tensor.shape().equals(shape)) {
            throw new UserError(checkpoint.source() + ": tensor '" + tensor.name() + "' has the shape "
                    + TensorSpec.describe(tensor.shape()) + ", this model asks for " + TensorSpec.describe(shape));
        }
    }

    /** Whether the adapters of two linear maps are the same to the bit. */
    public boolean areEqual(String module, String other) {
        return Arrays.equals(checkpoint.read(a(module)), checkpoint.read(a(other)))
                && Arrays.equals(checkpoint.read(b(module)), checkpoint.read(b(other)));
    }

    /**
     * Writes a folder that PEFT loads onto the expanded base model. It appears when all of it is on the disk.
     *
     * @param checkpoint the adapters' tensors by their names in the file; a shared one is written for each of its places
     * @param files what else is to stand in the folder
     * @param replace whether a folder that is there may be replaced
     * @return bytes of the weights' file
     * @throws UserError if the folder can't be written; nothing is left behind then
     */
    public static long write(
            Path folder,
            AdapterSettings settings,
            Architecture architecture,
            Checkpoint checkpoint,
            Map<String, byte[]> files,
            boolean replace,
            Progress progress) {
        FusedAdapters fused = new FusedAdapters(architecture);
        int widening = architecture.fused().isEmpty() ? 1 : fused.widening(checkpoint);
        Checkpoint written =
                architecture.fused().isEmpty() ? checkpoint : fused.joined(checkpoint, settings.rank(), widening);
        AdapterSettings wide = new AdapterSettings(
                settings.rank() * widening,
                settings.alpha() * widening,
                settings.dropout(),
                targets(settings, architecture),
                settings.sharing());
        Map<String, byte[]> all = new LinkedHashMap<>(files);
        all.put(CONFIG, config(wide, architecture, architecture::storedName, written));
        CheckpointWriter.writeFolder(folder, List.of(part(written)), all, replace, progress);
        return folder.resolve(WEIGHTS).toFile().length();
    }

    /** As files of the family name them. */
    private static List<String> targets(AdapterSettings settings, Architecture architecture) {
        return architecture.linearWeights().stream()
                .filter(weight -> settings.isTarget(AdapterSettings.module(weight.name())))
                .map(weight -> AdapterSettings.target(AdapterSettings.module(architecture.storedName(weight))))
                .distinct()
                .toList();
    }

    /** The name and the content of the file that says what the adapters are like. */
    public static Map<String, byte[]> configFile(
            AdapterSettings settings, Architecture architecture, Checkpoint checkpoint) {
        return Map.of(CONFIG, config(settings, architecture, ModelTensor::name, checkpoint));
    }

    /** @param named what the checkpoint calls weights */
    private static byte[] config(
            AdapterSettings settings,
            Architecture architecture,
            Function<ModelTensor, String> named,
            Checkpoint checkpoint) {
        List<String> weights =
                architecture.linearWeights().stream().map(named).distinct().toList();
        List<String> modules = modules(expanded(checkpoint), settings, weights);
        return PeftConfig.of(settings, modules, architecture).json();
    }

    /** The file of the adapters' values, a shared one for each of its places. */
    public static CheckpointWriter.Part part(Checkpoint checkpoint) {
        return new CheckpointWriter.Part(WEIGHTS, checkpoint, DType.F32, Format.EXPANDED);
    }

    /** Whether a folder holds adapters. */
    public static boolean areIn(Path folder) {
        return Files.isRegularFile(folder.resolve(CONFIG));
    }

    private static List<String> expanded(Checkpoint checkpoint) {
        List<String> names = new ArrayList<>(checkpoint.tensors().keySet());
        names.addAll(checkpoint.ties().keptByAlias().keySet());
        return names;
    }

    /** The targets; of adapters that only some layers have, the maps' whole names, which PEFT takes as well. */
    private static List<String> modules(List<String> stored, AdapterSettings settings, List<String> weights) {
        List<String> targeted = weights.stream()
                .map(AdapterSettings::module)
                .filter(settings::isTarget)
                .toList();
        List<String> there =
                targeted.stream().filter(module -> stored.contains(a(module))).toList();
        return there.size() == targeted.size() ? settings.targets() : there;
    }

    @Override
    public void close() {
        checkpoint.close();
    }
}
