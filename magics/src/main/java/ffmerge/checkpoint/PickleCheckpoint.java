package ffmerge.checkpoint;

import ffmerge.FileKind;
import ffmerge.LfsPointer;
import ffmerge.UserError;
import ffmerge.checkpoint.TorchGlobals.StoredTensor;
import ffmerge.checkpoint.Unpickler.Unreadable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A file of {@code torch.save}, such as {@code pytorch_model.bin}: a pickle, which is read as data and never run, and
 * storages, which are mapped where they lie. Names that view the same numbers in the same way are one tensor and its ties.
 */
public final class PickleCheckpoint implements Checkpoint {
    /** Where training scripts keep the weights among other things. */
    private static final List<String> WEIGHTS = List.of("state_dict", "model_state_dict", "model");

    private final Path path;
    private final FileChannel channel;
    private final MappedValues values;
    private final Map<String, TorchFile.Span> storages;
    private final Map<String, StoredTensor> stored = new LinkedHashMap<>();
    private final Map<String, TensorSpec> tensors = new LinkedHashMap<>();
    private final Ties ties;

    private PickleCheckpoint(Path path, FileChannel channel, TorchFile file) {
        this.path = path;
        this.channel = channel;
        this.values = new MappedValues(path, channel, file.order());
        this.storages = file.storages();
        Map<StoredTensor, String> kept = new HashMap<>();
        Map<String, String> aliases = new LinkedHashMap<>();
        weights(file.root()).forEach((name, tensor) -> {
            requireStored(name, tensor.storage());
            String first = tensor.view().elements() == 0 ? null : kept.putIfAbsent(tensor, name);
            if (first == null) {
                stored.put(name, tensor);
                tensors.put(
                        name, new TensorSpec(name, tensor.dtype(), tensor.view().shape()));
            } else {
                aliases.put(name, first);
            }
        });
        this.ties = new Ties(aliases);
    }

    /** @throws UserError if the file is missing or damaged, or its pickle holds more than weights */
    public static PickleCheckpoint open(Path path) {
        FileKind.requireReadable(path);
        LfsPointer.refuse(path);
        FileChannel channel;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            throw new UserError("there is no file " + path, e);
        } catch (IOException e) {
            throw UserError.cannot("open " + path, e);
        }
        try {
            return new PickleCheckpoint(path, channel, TorchFile.read(channel, new TorchGlobals(path.toString())));
        } catch (IOException e) {
            closeQuietly(channel);
            throw UserError.cannot("read " + path, e);
        } catch (Unreadable e) {
            closeQuietly(channel);
            throw new UserError(path + " is not a sound PyTorch file: " + e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            closeQuietly(channel);
            throw e;
        }
    }

    private static Map<String, StoredTensor> weights(Object root) {
        if (!(root instanceof Map<?, ?> map)) {
            throw new Unreadable("it holds no tensors by name");
        }
        Map<String, StoredTensor> weights = named(map);
        for (String key : WEIGHTS) {
            if (weights.isEmpty() && map.get(key) instanceof Map<?, ?> inner) {
                weights = named(inner);
            }
        }
        if (weights.isEmpty()) {
            throw new Unreadable("it holds no tensors by name");
        }
        return weights;
    }

    private static Map<String, StoredTensor> named(Map<?, ?> map) {
        Map<String, StoredTensor> named = new LinkedHashMap<>();
        map.forEach((key, value) -> {
            if (key instanceof String name && value instanceof StoredTensor tensor) {
                named.put(name, tensor);
            }
        });
        return named;
    }

    private void requireStored(String name, TorchGlobals.Storage storage) {
        TorchFile.Span extent = storages.get(storage.key());
        if (extent == null) {
            throw new Unreadable("tensor '" + name + "' is of the storage '" + storage.key() + "', which is not there");
        }
        if (storage.elements() * storage.dtype().bytes() > extent.length()) {
            throw new Unreadable("tensor '" + name + "' is of a storage of " + storage.elements() + " "
                    + storage.dtype().label() + " values, but only " + extent.length() + " bytes of it are there");
        }
    }

    @Override
    public String source() {
        return path.toString();
    }

    @Override
    public Map<String, TensorSpec> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public Ties ties() {
        return ties;
    }

    @Override
    public void read(String name, long from, FloatBuffer into) {
        StoredTensor tensor = stored.get(ties.keptName(name));
        if (tensor == null) {
            throw new UserError(path + " has no tensor '" + name + "'");
        }
        DType dtype = tensor.dtype();
        requireWeights(name);
        StridedView view = tensor.view();
        if (from < 0 || from > view.elements() - into.remaining()) {
            throw new IndexOutOfBoundsException(name + " from " + from);
        }
        long start = storages.get(tensor.storage().key()).start();
        if (view.isContiguous()) {
            values.read(name, dtype, start + (view.offset() + from) * dtype.bytes(), into);
        } else {
            values.gather(name, dtype, start, view, from, into);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // the error that led here matters more
        }
    }
}
