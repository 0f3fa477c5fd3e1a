package ffmerge.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Beside;
import ffmerge.FileKind;
import ffmerge.Progress;
import ffmerge.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Writes checkpoints so that a reader finds the old one or the new one, never a part: beside, then moved into place. */
public final class CheckpointWriter {
    /** How a shared parameter is stored. */
    public enum Format {
        /** Once, its aliases named in the file's metadata. */
        TIED,
        /** Under each of its names, as {@code from_pretrained} expects. */
        EXPANDED
    }

    private static final String WEIGHTS = "model.safetensors";

    private CheckpointWriter() {}

    /**
     * Writes one safetensors file. The file appears when all of it is on the disk.
     *
     * @throws UserError if the disk is full, the folder can't be written, or a value is not finite in {@code dtype}
     */
    public static void write(Path file, Checkpoint checkpoint, DType dtype, Format format, Progress progress) {
        FileKind.requireReplaceable(file);
        Path folder = file.toAbsolutePath().getParent();
        try {
            requireSpace(folder, bytes(List.of(layout(checkpoint, dtype, format))));
            try (Beside beside = Beside.of(folder, file.getFileName().toString())) {
                writeTo(beside.path(), checkpoint, dtype, format, progress);
                Files.move(beside.path(), file, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw cannotWrite(file, e);
        }
    }

    /**
     * Writes a model folder: the weights as {@code model.safetensors} and other files as given. The folder appears when
     * all of it is on the disk; an old one is replaced as a whole, and only when asked.
     *
     * @param files the folder's other files by name
     * @param replace whether a folder that is there may be replaced
     */
    public static void writeFolder(
            Path folder,
            Checkpoint checkpoint,
            DType dtype,
            Format format,
            Map<String, byte[]> files,
            boolean replace,
            Progress progress) {
        writeFolder(folder, WEIGHTS, checkpoint, dtype, format, files, replace, progress);
    }

    /** @param weights the name of the weights' file; otherwise as the other {@code writeFolder} */
    public static void writeFolder(
            Path folder,
            String weights,
            Checkpoint checkpoint,
            DType dtype,
            Format format,
            Map<String, byte[]> files,
            boolean replace,
            Progress progress) {
        writeFolder(folder, List.of(new Part(weights, checkpoint, dtype, format)), files, replace, progress);
    }

    /** A file of weights in a folder. */
    public record Part(String file, Checkpoint checkpoint, DType dtype, Format format) {
        /** The model's own weights. */
        public static Part weights(Checkpoint checkpoint, DType dtype, Format format) {
            return new Part(WEIGHTS, checkpoint, dtype, format);
        }

        /** How long the file will be. */
        public long bytes() {
            Map<String, TensorSpec> layout = layout();
            try {
                return Long.BYTES
                        + header(layout, format == Format.TIED ? checkpoint.ties() : Ties.NONE).length
                        + layout.values().stream().mapToLong(TensorSpec::bytes).sum();
            } catch (IOException e) {
                throw new IllegalStateException(e); // names and numbers as JSON
            }
        }

        private Map<String, TensorSpec> layout() {
            return CheckpointWriter.layout(checkpoint, dtype, format);
        }
    }

    /** @param parts several files of weights; otherwise as the other {@code writeFolder} */
    public static void writeFolder(
            Path folder, List<Part> parts, Map<String, byte[]> files, boolean replace, Progress progress) {
        Set<String> names = new HashSet<>(files.keySet());
        parts.forEach(part -> names.add(part.file()));
        writeFolder(folder, names, bytes(parts.stream().map(Part::layout).toList()), replace, made -> {
            for (Map.Entry<String, byte[]> other : files.entrySet()) {
                Files.write(made.resolve(other.getKey()), other.getValue());
            }
            for (Part part : parts) {
                writeTo(made.resolve(part.file()), part.checkpoint(), part.dtype(), part.format(), progress);
            }
        });
    }

    /** Writes the files of a new folder. */
    public interface Filling {
        void into(Path folder) throws IOException;
    }

    /**
     * Writes a folder of files of any form.
     *
     * @param names of all that will be in it
     * @param bytes how much that will be, about
     * @param replace whether a folder that is there may be replaced
     * @throws UserError if the disk is full, or the folder can't be written; nothing is left behind then
     */
    public static void writeFolder(Path folder, Set<String> names, long bytes, boolean replace, Filling filling) {
        Path target = folder.toAbsolutePath().normalize();
        try {
            Path above = target;
            do {
                above = above.getParent();
            } while (above != null && FileKind.behindLinks(above) == FileKind.NOTHING);
            if (above != null) {
                Beside.sweep(above);
            }
            ModelFolder.requireReplaceable(target, names, replace);
            requireSpace(above, bytes);
            try (Beside beside = Beside.of(above, target.getFileName().toString())) {
                Files.createDirectory(beside.path());
                filling.into(beside.path());
                Files.createDirectories(target.getParent());
                new FolderPlacement(beside, target, names).place(replace);
            }
        } catch (IOException e) {
            throw cannotWrite(folder, e);
        }
    }

    /** The names that the file will hold, each with the tensor whose values it gets. */
    private static Map<String, TensorSpec> layout(Checkpoint checkpoint, DType dtype, Format format) {
        Map<String, TensorSpec> layout = new LinkedHashMap<>();
        Set<String> parts = checkpoint.parts();
        checkpoint.tensors().forEach((name, spec) -> layout.put(name, parts.contains(name) ? spec : spec.as(dtype)));
        if (format == Format.EXPANDED) {
            checkpoint
                    .ties()
                    .keptByAlias()
                    .forEach((alias, kept) -> layout.put(alias, layout.get(kept).named(alias)));
        }
        return layout;
    }

    private static void writeTo(Path file, Checkpoint checkpoint, DType dtype, Format format, Progress progress)
            throws IOException {
        Map<String, TensorSpec> layout = layout(checkpoint, dtype, format);
        Ties ties = format == Format.TIED ? checkpoint.ties() : Ties.NONE;
        byte[] header = header(layout, ties);
        long total = layout.values().stream().mapToLong(TensorSpec::bytes).sum();
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                Progress.Stage stage = progress.start("Saving", total, "bytes")) {
            ByteBuffer start = ByteBuffer.allocate(Long.BYTES + header.length).order(ByteOrder.LITTLE_ENDIAN);
            ValueWriter writer = new ValueWriter(out, stage::advance);
            writer.bytes(start.putLong(header.length).put(header).flip());
            for (TensorSpec spec : layout.values()) {
                writer.tensor(checkpoint, spec.name(), spec.elements(), spec.dtype());
            }
            out.force(true);
        }
    }

    private static byte[] header(Map<String, TensorSpec> layout, Ties ties) throws IOException {
        ObjectMapper json = new ObjectMapper();
        ObjectNode root = json.createObjectNode();
        ObjectNode metadata = root.putObject(SafetensorsHeader.METADATA).put("format", "pt");
        ties.keptByAlias().forEach(metadata::put);
        long offset = 0;
        for (TensorSpec spec : layout.values()) {
            ObjectNode tensor = root.putObject(spec.name());
            tensor.put("dtype", spec.dtype().name());
            spec.shape().forEach(tensor.putArray("shape")::add);
            tensor.putArray("data_offsets").add(offset).add(offset + spec.bytes());
            offset += spec.bytes();
        }
        byte[] text = json.writeValueAsBytes(root);
        // spaces up to a multiple of 8, so that every tensor of a mapped file is aligned
        byte[] padded = Arrays.copyOf(text, (text.length + 7) / 8 * 8);
        Arrays.fill(padded, text.length, padded.length, (byte) ' ');
        return padded;
    }

    private static long bytes(List<Map<String, TensorSpec>> layouts) {
        return layouts.stream()
                .flatMap(layout -> layout.values().stream())
                .mapToLong(TensorSpec::bytes)
                .sum();
    }

    private static void requireSpace(Path folder, long needed) throws IOException {
        FileStore disk = Files.getFileStore(folder);
        long free = disk.getUsableSpace();
        if (free < needed && disk.getTotalSpace() > 0) {
            throw new UserError(String.format(
                    Locale.ROOT,
                    "the disk of %s is too full: %,d MB are needed, %,d MB are free",
                    folder,
                    (needed >> 20) + 1,
                    free >> 20));
        }
    }

    private static UserError cannotWrite(Path what, IOException e) {
        return new UserError(UserError.cannot("write " + what, e).getMessage() + "; nothing was changed", e);
    }
}
