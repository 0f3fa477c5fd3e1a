package ffmerge.checkpoint;

import ffmerge.Counted;
import ffmerge.FileKind;
import ffmerge.LfsPointer;
import ffmerge.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** A safetensors file, mapped into memory tensor by tensor, so that it may be larger than the heap and than 2 GB. */
public final class SafetensorsFile implements Checkpoint {
    /** The limit that the format's own library sets. */
    private static final long LARGEST_HEADER = 100_000_000;

    private final Path path;
    private final FileChannel channel;
    private final long dataStart;
    private final SafetensorsHeader header;
    private final MappedValues values;
    private final Map<String, TensorSpec> tensors;
    private final Ties ties;

    private SafetensorsFile(Path path, FileChannel channel, long dataStart, SafetensorsHeader header) {
        this.path = path;
        this.channel = channel;
        this.dataStart = dataStart;
        this.header = header;
        this.values = new MappedValues(path, channel, ByteOrder.LITTLE_ENDIAN);
        Map<String, TensorSpec> specs = new LinkedHashMap<>();
        header.placed().forEach((name, placed) -> specs.put(name, placed.spec()));
        this.tensors = Collections.unmodifiableMap(specs);
        this.ties = Ties.fromMetadata(header.metadata(), tensors.keySet());
    }

    /** @throws UserError if the file is missing, cut off, or its header does not agree with its bytes */
    public static SafetensorsFile open(Path path) {
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
            return open(path, channel);
        } catch (IOException e) {
            closeQuietly(channel);
            throw UserError.cannot("read " + path, e);
        } catch (RuntimeException e) {
            closeQuietly(channel);
            throw e;
        }
    }

    private static SafetensorsFile open(Path path, FileChannel channel) throws IOException {
        String file = path.toString();
        long size = channel.size();
        if (size < Long.BYTES) {
            throw SafetensorsHeader.damaged(file, "it has only " + Counted.of(size, "bytes"));
        }
        long headerLength = readFully(channel, 0, Long.BYTES).getLong();
        if (headerLength < 2 || headerLength > LARGEST_HEADER || headerLength > size - Long.BYTES) {
            throw SafetensorsHeader.damaged(
                    file,
                    "it claims a header of " + Long.toUnsignedString(headerLength) + " bytes in a file of " + size);
        }
        byte[] json = readFully(channel, Long.BYTES, (int) headerLength).array();
        long dataStart = Long.BYTES + headerLength;
        return new SafetensorsFile(path, channel, dataStart, SafetensorsHeader.parse(json, size - dataStart, file));
    }

    @Override
    public String source() {
        return path.toString();
    }

    @Override
    public Map<String, TensorSpec> tensors() {
        return tensors;
    }

    @Override
    public Ties ties() {
        return ties;
    }

    @Override
    public void read(String name, long from, FloatBuffer into) {
        requireWeights(name);
        readPart(name, from, into);
    }

    @Override
    public void readPart(String name, long from, FloatBuffer into) {
        SafetensorsHeader.Placed placed = header.placed().get(ties.keptName(name));
        if (placed == null) {
            throw new UserError(path + " has no tensor '" + name + "'");
        }
        DType dtype = placed.spec().dtype();
        if (from < 0 || from > placed.spec().elements() - into.remaining()) {
            throw new IndexOutOfBoundsException(name + " from " + from);
        }
        values.read(name, dtype, dataStart + placed.begin() + from * dtype.bytes(), into);
    }

    @Override
    public Map<String, String> unknownTypes() {
        return header.unknown();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ByteBuffer readFully(FileChannel channel, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new IOException("it ends after " + (position + buffer.position()) + " bytes");
            }
        }
        return buffer.flip();
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // the error that led here matters more
        }
    }
}
