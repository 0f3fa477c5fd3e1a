package ffmerge.tune;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Beside;
import ffmerge.FlatFolder;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.CheckpointWriter;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.Ties;
import ffmerge.model.ArrayCheckpoint;
import ffmerge.result.TuneResult;
import ffmerge.torch.ArrayMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The state of unfinished tuning in a folder: the weights so far, the optimizer's running means, what was measured. It is
 * written as a whole and moved into place, so that a kill leaves the one before. The best weights stand in a folder
 * beside, written when they were measured.
 */
final class TuneState {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PROGRESS = "progress.json";

    private final Path folder;

    TuneState(Path folder) {
        this.folder = folder;
    }

    /** What was measured until the state was written. */
    record Saved(
            List<Double> loss,
            List<TuneResult.Checked> validation,
            int bestStep,
            double seconds,
            LossScale.State scale) {}

    boolean exists() {
        Beside.sweep(folder); // a kill may have left the state before put aside
        return Files.exists(latest().resolve(PROGRESS));
    }

    private Path latest() {
        return folder.resolve("latest");
    }

    private Path best() {
        return folder.resolve("best");
    }

    void save(Map<String, NDArray> parameters, AdamW optimizer, Saved measured) {
        Map<String, NDArray> all = new LinkedHashMap<>();
        parameters.forEach((name, array) -> all.put("parameter." + name, array));
        optimizer.means().forEach((name, array) -> all.put("mean." + name, array));
        optimizer.squares().forEach((name, array) -> all.put("square." + name, array));
        write(latest(), all, Map.of(PROGRESS, json(measured)));
    }

    /** Restores weights and running means in place. */
    Saved restore(Map<String, NDArray> parameters, AdamW optimizer) {
        try (Checkpoint saved = Checkpoint.open(latest())) {
            parameters.forEach((name, array) -> fill(array, saved, "parameter." + name));
            optimizer.means().forEach((name, array) -> fill(array, saved, "mean." + name));
            optimizer.squares().forEach((name, array) -> fill(array, saved, "square." + name));
            Saved measured = JSON.readValue(latest().resolve(PROGRESS).toFile(), new TypeReference<Saved>() {});
            int skipped = measured.scale() == null ? 0 : measured.scale().skipped(); // older states have no scale
            optimizer.resumeAt(measured.loss().size() - skipped);
            return measured;
        } catch (IOException e) {
            throw new UserError(
                    "cannot read the state of unfinished tuning in " + folder + ": " + UserError.reason(e)
                            + "; delete the folder to start anew",
                    e);
        }
    }

    void saveBest(Map<String, NDArray> parameters) {
        write(best(), parameters, Map.of());
    }

    void restoreBest(Map<String, NDArray> parameters) {
        try (Checkpoint saved = Checkpoint.open(best())) {
            parameters.forEach((name, array) -> fill(array, saved, name));
        }
    }

    private static void fill(NDArray array, Checkpoint saved, String name) {
        ArrayMemory.fill(array, (from, into) -> saved.read(name, from, into));
    }

    private static void write(Path folder, Map<String, NDArray> arrays, Map<String, byte[]> files) {
        CheckpointWriter.writeFolder(
                folder,
                new ArrayCheckpoint("tuning", arrays, Ties.NONE),
                DType.F32,
                CheckpointWriter.Format.TIED,
                files,
                true,
                Progress.NONE);
    }

    private static byte[] json(Saved measured) {
        try {
            return JSON.writeValueAsBytes(measured);
        } catch (IOException e) {
            throw new IllegalStateException(e); // lists of numbers
        }
    }

    void delete() {
        try {
            Beside.sweep(folder);
            FlatFolder.delete(latest());
            FlatFolder.delete(best());
            FlatFolder.delete(folder);
        } catch (IOException e) {
            throw UserError.cannot("delete " + folder, e);
        }
    }
}
