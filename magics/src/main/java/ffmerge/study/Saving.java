package ffmerge.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.adapter.AdapterSettings;
import ffmerge.adapter.StoredAdapters;
import ffmerge.architecture.ModelConfig;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.CheckpointWriter;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.GgufType;
import ffmerge.checkpoint.ModelFolder;
import ffmerge.checkpoint.Ties;
import ffmerge.export.ModelingFile;
import ffmerge.export.OnnxModel;
import ffmerge.gguf.GgufWriter;
import ffmerge.json.PythonJson;
import ffmerge.model.TransformerModel;
import ffmerge.model.WeightForm;
import ffmerge.result.Lineage;
import ffmerge.result.SaveResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Writes a model as a folder in Hugging Face layout: weights, config, and what else its origin's folder held. */
public final class Saving {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Saving() {}

    /**
     * Writes each shared tensor once, of the type that the model was stored in; what is there stays.
     *
     * @param lineage how the model came to be; stands in {@code ffmerge.json} beside the weights
     * @throws UserError if the folder is there, or can't be written; nothing is left behind then
     */
    public static SaveResult save(TransformerModel model, Lineage lineage, Path folder) {
        return save(
                folder.getFileName().toString(),
                model,
                lineage,
                folder,
                CheckpointWriter.Format.TIED,
                model.origin().dtype(),
                false,
                System.err::println,
                Progress.NONE);
    }

    /**
     * @param lineage how the model came to be; stands in {@code ffmerge.json} beside the weights
     * @param replace whether a folder that is there may be replaced
     * @param notice is told which files of the origin's folder are not copied, though they are a model's
     * @throws UserError if the folder can't be written; nothing is left behind then
     */
    public static SaveResult save(
            String name,
            TransformerModel model,
            Lineage lineage,
            Path folder,
            CheckpointWriter.Format format,
            DType dtype,
            boolean replace,
            Consumer<String> notice,
            Progress progress) {
        boolean tied = format == CheckpointWriter.Format.TIED;
        if (model.architecture().config().hasOwn() && !tied) {
            throw new UserError("'" + name + "' has a shape that transformers knows no config for, as "
                    + model.architecture().peculiarity() + ": save it with --format tied, for ffmerge alone");
        }
        if (!tied && hasMoreThanTies(model)) {
            try (TransformerModel whole = model.folded(true)) {
                return write(name, whole, lineage, folder, format, dtype, replace, notice, progress);
            }
        }
        return write(name, model, lineage, folder, format, dtype, replace, notice, progress);
    }

    /** Whether places that share weights have something of their own beside them. */
    private static boolean hasMoreThanTies(TransformerModel model) {
        return model.parameters().hasFactors()
                || model.parameters().adapterSettings().isPresent();
    }

    private static SaveResult write(
            String name,
            TransformerModel model,
            Lineage lineage,
            Path folder,
            CheckpointWriter.Format format,
            DType dtype,
            boolean replace,
            Consumer<String> notice,
            Progress progress) {
        boolean tied = format == CheckpointWriter.Format.TIED;
        Optional<String> form = model.parameters().form().filter(f -> tied).map(WeightForm::label);
        Optional<String> closed = tied ? closedToOthers(model, form) : Optional.empty();
        Checkpoint checkpoint = closed.isPresent() ? model.savedCheckpoint(true) : model.familyCheckpoint();
        try {
            Map<String, byte[]> files =
                    ModelFolder.copyBesideWeights(model.origin().folder(), notice);
            Optional<ModelingFile> modeling =
                    !tied || closed.isPresent() || checkpoint.ties().isEmpty()
                            ? Optional.empty()
                            : Optional.of(ModelingFile.of(model.architecture()));
            files.put("config.json", config(model, form, closed.isPresent(), modeling, checkpoint.ties(), dtype));
            modeling.ifPresent(file -> files.put(file.name(), file.content()));
            ObjectNode how = SavedLineage.json(lineage);
            how.set("ties", JSON.valueToTree(checkpoint.ties().keptByAlias()));
            modeling.ifPresent(file -> how.set("modeling", file.note()));
            SavedLineage.putFrozen(how, model.parameters().frozen());
            files.put(SavedLineage.FILE, pretty(how));
            List<CheckpointWriter.Part> parts = parts(model, checkpoint, dtype, format);
            model.parameters()
                    .adapterSettings()
                    .ifPresent(settings -> files.putAll(
                            StoredAdapters.configFile(settings, model.architecture(), model.adapterCheckpoint())));
            CheckpointWriter.writeFolder(folder, parts, files, replace, progress);
            long bytes = 0;
            for (CheckpointWriter.Part part : parts) {
                bytes += Files.size(folder.resolve(part.file()));
            }
            closed.ifPresent(why -> notice.accept(folder + why));
            return new SaveResult(
                    name, folder.toString(), format.name().toLowerCase(Locale.ROOT), dtype.label(), bytes);
        } catch (IOException e) {
            throw UserError.cannot("save to " + folder, e);
        }
    }

    /** The files of weights: the model's own, and those of its adapters. */
    private static List<CheckpointWriter.Part> parts(
            TransformerModel model, Checkpoint checkpoint, DType dtype, CheckpointWriter.Format format) {
        List<CheckpointWriter.Part> parts = new ArrayList<>();
        parts.add(CheckpointWriter.Part.weights(checkpoint, dtype, format));
        if (model.parameters().adapterSettings().isPresent()) {
            parts.add(StoredAdapters.part(model.adapterCheckpoint()));
        }
        return parts;
    }

    /** How long the files of weights are that {@link #save(TransformerModel, Lineage, Path)} writes. */
    public static long bytesOnDisk(TransformerModel model) {
        CheckpointWriter.Format format = CheckpointWriter.Format.TIED;
        Optional<String> form = model.parameters().form().map(WeightForm::label);
        Checkpoint checkpoint =
                closedToOthers(model, form).isPresent() ? model.savedCheckpoint(true) : model.familyCheckpoint();
        return parts(model, checkpoint, model.origin().dtype(), format).stream()
                .mapToLong(CheckpointWriter.Part::bytes)
                .sum();
    }

    /**
     * Writes a model's adapters as a folder that Python's PEFT loads onto the expanded base model.
     *
     * @throws UserError if the model has none, or the folder can't be written; nothing is left behind then
     */
    public static SaveResult saveAdapters(
            String name, TransformerModel model, Lineage lineage, Path folder, boolean replace, Progress progress) {
        AdapterSettings settings = model.parameters()
                .adapterSettings()
                .orElseThrow(() -> new UserError(
                        "'" + name + "' carries no adapters: leave --format adapters out to save" + " its weights"));
        try {
            byte[] notes = pretty(SavedLineage.json(lineage));
            long bytes = StoredAdapters.write(
                    folder,
                    settings,
                    model.architecture(),
                    model.adapterCheckpoint(),
                    Map.of(SavedLineage.FILE, notes),
                    replace,
                    progress);
            return new SaveResult(name, folder.toString(), "adapters", DType.F32.label(), bytes);
        } catch (IOException e) {
            throw new IllegalStateException(e); // a string as JSON
        }
    }

    /**
     * Writes a model as {@code model.gguf} in a folder, each place with weights of its own, as such files know no ties.
     *
     * @param type of matrices
     * @throws UserError if such files can't say the model, or the folder can't be written; nothing is left behind then
     */
    public static SaveResult saveGguf(
            String name,
            TransformerModel model,
            Path folder,
            GgufType type,
            boolean replace,
            Consumer<String> notice,
            Progress progress) {
        ModelConfig config = model.architecture().config();
        if (config.hasOwn()) {
            throw new UserError("'" + name + "' has a shape that GGUF has no words for, as "
                    + model.architecture().peculiarity() + ": save it with --format tied, for ffmerge alone");
        }
        if (hasMoreThanTies(model)) {
            try (TransformerModel whole = model.folded(true)) {
                return saveGguf(name, whole, folder, type, replace, notice, progress);
            }
        }
        Checkpoint checkpoint = model.savedCheckpoint(false);
        GgufWriter writer = new GgufWriter(config.json(), checkpoint, type);
        Path source = model.origin().folder();
        CheckpointWriter.writeFolder(folder, Set.of(GgufWriter.FILE), writer.bytes(), replace, made -> {
            String leftOut = writer.write(
                    made.resolve(GgufWriter.FILE),
                    name,
                    readIfThere(source.resolve("tokenizer.json")),
                    readIfThere(source.resolve("tokenizer_config.json")),
                    progress);
            if (!leftOut.isEmpty()) {
                notice.accept(folder + " is saved without a tokenizer, as " + leftOut);
            }
        });
        if (!checkpoint.ties().isEmpty()) {
            notice.accept("GGUF knows no ties: in " + folder
                    + " each place has weights of its own, equal ones where they" + " were shared");
        }
        return saved(name, folder, "gguf", type.label(), GgufWriter.FILE);
    }

    /**
     * Writes a model as {@code model.onnx} in a folder, each shared tensor once.
     *
     * @param dtype in which weights are stored; all is computed in float32
     * @throws UserError if models of the family aren't written so, or the folder can't be written; nothing is left behind then
     */
    public static SaveResult saveOnnx(
            String name, TransformerModel model, Path folder, DType dtype, boolean replace, Progress progress) {
        if (hasMoreThanTies(model)) {
            try (TransformerModel whole = model.folded(true)) {
                return saveOnnx(name, whole, folder, dtype, replace, progress);
            }
        }
        OnnxModel onnx = new OnnxModel(model.architecture(), model.savedCheckpoint(false), dtype);
        CheckpointWriter.writeFolder(
                folder,
                Set.of(OnnxModel.FILE),
                onnx.bytes(),
                replace,
                made -> onnx.write(made.resolve(OnnxModel.FILE), progress));
        return saved(name, folder, "onnx", dtype.label(), OnnxModel.FILE);
    }

    private static SaveResult saved(String name, Path folder, String format, String dtype, String file) {
        try {
            return new SaveResult(name, folder.toString(), format, dtype, Files.size(folder.resolve(file)));
        } catch (IOException e) {
            throw UserError.cannot("read " + folder, e);
        }
    }

    private static JsonNode readIfThere(Path file) {
        return Files.isRegularFile(file) ? PythonJson.read(file) : null;
    }

    /** Why a tied folder is sealed, so that transformers refuses it, in words that follow its name; empty where it isn't. */
    private static Optional<String> closedToOthers(TransformerModel model, Optional<String> form) {
        if (model.architecture().config().hasOwn()) {
            return Optional.of(" can't be opened by transformers, as "
                    + model.architecture().peculiarity() + "; ffmerge opens it");
        }
        if (form.isPresent()) {
            return Optional.of(" holds linear maps in " + form.get()
                    + ": ffmerge opens it, transformers doesn't; --format expanded writes what they are rounded to");
        }
        Optional<String> torn = model.tornTensor();
        if (torn.isPresent()) {
            return Optional.of(" can't be opened by transformers, as only a part of '" + torn.get()
                    + "' is shared with other places; ffmerge opens it");
        }
        return hasMoreThanTies(model)
                ? Optional.of(" holds what each place has beside the shared weights: ffmerge opens it, transformers"
                        + " doesn't; --format expanded makes it part of each place's weights")
                : Optional.empty();
    }

    private static byte[] config(
            TransformerModel model,
            Optional<String> form,
            boolean sealed,
            Optional<ModelingFile> modeling,
            Ties ties,
            DType dtype)
            throws IOException {
        ModelConfig own = model.architecture().config();
        ObjectNode family = (sealed ? own.sealed(form) : own).json();
        ObjectNode config = modeling.map(file -> file.config(family, ties)).orElseGet(family::deepCopy);
        // transformers 5 writes dtype, older versions torch_dtype; each reads its own
        config.put(config.has("torch_dtype") ? "torch_dtype" : "dtype", dtype.label());
        return pretty(config);
    }

    private static byte[] pretty(ObjectNode json) throws IOException {
        return PythonJson.write(json);
    }
}
