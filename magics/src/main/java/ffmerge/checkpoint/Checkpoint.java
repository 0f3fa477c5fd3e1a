package ffmerge.checkpoint;

import ffmerge.UserError;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** Named tensors that can be read as float32, one at a time: a file, several shards, a model in memory, or an edit of one of them. */
public interface Checkpoint extends AutoCloseable {
    /** Where the tensors come from, for messages. */
    String source();

    /** The stored tensors by name, in file order. A tied parameter is one of them, its aliases are not. */
    Map<String, TensorSpec> tensors();

    Ties ties();

    /**
     * Reads elements {@code from} … {@code from + into.remaining()} of a tensor, row-major.
     *
     * @throws UserError if the tensor is not there, holds no floating-point values, or the file can't be read
     */
    void read(String name, long from, FloatBuffer into);

    /**
     * As {@link #read(String, long, FloatBuffer)}, of a part of a weight that is held in another form than floats: whole
     * numbers of 8 bits, or what they are scaled by.
     */
    default void readPart(String name, long from, FloatBuffer into) {
        read(name, from, into);
    }

    /** The names of such parts; whatever the rest is saved in, they keep their types. */
    default Set<String> parts() {
        return Set.of();
    }

    /** A whole tensor as float32, row-major. */
    default float[] read(String name) {
        TensorSpec spec = tensors().get(ties().keptName(name));
        if (spec == null) {
            throw new UserError(source() + " has no tensor '" + name + "'");
        }
        float[] values = new float[Math.toIntExact(spec.elements())];
        read(name, 0, FloatBuffer.wrap(values));
        return values;
    }

    /** The types of stored tensors that can't be read because they aren't known here, by the tensors' names. */
    default Map<String, String> unknownTypes() {
        return Map.of();
    }

    /** @throws UserError if a tensor is there but holds something else than weights, such as packed ones */
    default void requireWeights(String name) {
        TensorSpec spec = tensors().get(ties().keptName(name));
        String type = unknownTypes().get(name);
        if (spec != null && !spec.dtype().isFloating()) {
            type = spec.dtype().name() + " (" + spec.dtype().label() + ")";
        }
        if (type != null) {
            throw new UserError(source() + ": tensor '" + name + "' holds " + type
                    + " values, not weights, which are F64, F32, F16 or BF16; if they are quantized, load the checkpoint"
                    + " that they were made from");
        }
    }

    /** Releases files; tensors already read stay valid. */
    @Override
    void close();

    /**
     * Opens the weights of a folder in Hugging Face layout: safetensors where there are some, else PyTorch's own files; or those of
     * the GGUF file that the folder was made for.
     *
     * @throws UserError if the folder holds no weights or they are damaged
     */
    static Checkpoint open(Path folder) {
        Path pointer = folder.resolve(GgufCheckpoint.POINTER);
        if (Files.exists(pointer)) {
            return GgufCheckpoint.open(pointer);
        }
        Path single = folder.resolve("model.safetensors");
        if (Files.exists(single)) {
            return SafetensorsFile.open(single);
        }
        Path index = folder.resolve("model.safetensors.index.json");
        if (Files.exists(index)) {
            return ShardedCheckpoint.open(index);
        }
        Path pickle = folder.resolve("pytorch_model.bin");
        if (Files.exists(pickle)) {
            return PickleCheckpoint.open(pickle);
        }
        Path pickleIndex = folder.resolve("pytorch_model.bin.index.json");
        if (Files.exists(pickleIndex)) {
            return ShardedCheckpoint.open(pickleIndex);
        }
        throw new UserError(folder + " holds no model.safetensors, no pytorch_model.bin, and no index of either"
                + ModelFolder.otherWeights(folder));
    }
}
