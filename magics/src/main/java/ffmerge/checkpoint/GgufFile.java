package ffmerge.checkpoint;

import ffmerge.FileKind;
import ffmerge.LfsPointer;
import ffmerge.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A GGUF file, version 2 or 3: what it says of a model, and named tensors that are decoded when they are read. */
public final class GgufFile implements AutoCloseable {
    private static final int MAGIC = 0x46554747; // "GGUF" in little-endian order
    private static final int LARGEST_READ = 1 << 20;
    private static final int MOST_AXES = 4;
    private static final long LONGEST_NAME = 1 << 16;
    private static final int ARRAY = 9;

    /**
     * A tensor's place.
     *
     * @param shape outermost axis first; files have it the other way round
     * @param start in the file, in bytes
     */
    public record Tensor(String name, GgufType type, List<Long> shape, long start) {
        public long elements() {
            return shape.stream().reduce(1L, Math::multiplyExact);
        }

        long bytes() {
            return Math.multiplyExact(elements() / type.blockElements(), (long) type.blockBytes());
        }
    }

    private final Path path;
    private final FileChannel channel;
    private final long size;
    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    private long position;

    private GgufFile(Path path, FileChannel channel) throws IOException {
        this.path = path;
        this.channel = channel;
        this.size = channel.size();
    }

    /** @throws UserError if it is no such file, it is cut off, or it holds tensors of types that aren't read */
    public static GgufFile open(Path path) {
        FileKind.requireReadable(path);
        LfsPointer.refuse(path);
        try {
            GgufFile file = new GgufFile(path, FileChannel.open(path, StandardOpenOption.READ));
            try {
                file.readHeader();
                return file;
            } catch (IOException | RuntimeException e) {
                file.close();
                throw e;
            }
        } catch (IOException e) {
            throw UserError.cannot("read " + path, e);
        } catch (ArithmeticException e) {
            throw new UserError(path + " is damaged: it names a tensor larger than any memory", e);
        }
    }

    public Path path() {
        return path;
    }

    /** What it says: text, {@link Long}, {@link Double}, {@link Boolean}, or lists of one of them. */
    public Map<String, Object> values() {
        return Collections.unmodifiableMap(values);
    }

    public Map<String, Tensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    private void readHeader() throws IOException {
        if (size < 24 || (int) number(4) != MAGIC) {
            throw new UserError(path + " is no GGUF file");
        }
        long version = number(4);
        if (version < 2 || version > 3) {
            throw new UserError(path + " is GGUF of version " + version + "; read are 2 and 3, in little-endian order");
        }
        long count = count(number(8), 3 + 4 + 4 + 8 + 8, "tensors");
        long said = count(number(8), 8 + 4 + 1, "entries");
        for (long i = 0; i < said; i++) {
            values.put(text(LONGEST_NAME), value((int) number(4)));
        }
        List<Tensor> read = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            read.add(tensor());
        }
        place(read);
    }

    private Tensor tensor() throws IOException {
        String name = text(LONGEST_NAME);
        long axes = number(4);
        if (axes < 1 || axes > MOST_AXES) {
            throw damaged("tensor '" + name + "' has " + axes + " axes");
        }
        List<Long> shape = new ArrayList<>();
        for (long i = 0; i < axes; i++) {
            long length = number(8);
            if (length < 1) {
                throw damaged("tensor '" + name + "' has an axis of " + Long.toUnsignedString(length) + " elements");
            }
            shape.add(0, length);
        }
        int number = (int) number(4);
        GgufType type = GgufType.of(number)
                .orElseThrow(() -> new UserError(path + ": tensor '" + name + "' is of the type "
                        + GgufType.named(number) + ", which isn't read here; read are " + GgufType.known()
                        + ": take the model's file of one of these"));
        if (shape.get(shape.size() - 1) % type.blockElements() != 0) {
            throw damaged("rows of tensor '" + name + "' have " + shape.get(shape.size() - 1) + " elements, which "
                    + type.label() + " can't hold in blocks of " + type.blockElements());
        }
        return new Tensor(name, type, List.copyOf(shape), number(8));
    }

    /** Tensors stand behind the header, each at a multiple of the alignment, none in another's place or beyond the end. */
    private void place(List<Tensor> read) {
        Object stated = values.getOrDefault("general.alignment", 32L);
        if (!(stated instanceof Long alignment) || alignment < 1 || alignment > LARGEST_READ) {
            throw damaged("'general.alignment' is " + stated);
        }
        long data = (position + alignment - 1) / alignment * alignment;
        for (Tensor each : read) {
            long offset = each.start();
            if (offset < 0 || offset % alignment != 0 || offset > size || each.bytes() > size - data - offset) {
                throw damaged("tensor '" + each.name() + "' is said to take " + each.bytes() + " bytes from "
                        + Long.toUnsignedString(offset) + " on, of " + Math.max(0, size - data)
                        + " that follow the header");
            }
            Tensor placed = new Tensor(each.name(), each.type(), each.shape(), data + offset);
            if (tensors.put(each.name(), placed) != null) {
                throw damaged("it holds two tensors '" + each.name() + "'");
            }
        }
        long end = data;
        for (Tensor each : tensors.values().stream()
                .sorted(Comparator.comparingLong(Tensor::start))
                .toList()) {
            if (each.start() < end) {
                throw damaged("tensor '" + each.name() + "' lies in another one's place");
            }
            end = each.start() + each.bytes();
        }
    }

    private Object value(int type) throws IOException {
        return switch (type) {
            case 0, 2, 4 -> number(1 << type / 2);
            case 1 -> (long) (byte) number(1);
            case 3 -> (long) (short) number(2);
            case 5 -> (long) (int) number(4);
            case 6 -> (double) Float.intBitsToFloat((int) number(4));
            case 7 -> number(1) != 0;
            case 8 -> text(size);
            case 10, 11 -> number(8);
            case 12 -> Double.longBitsToDouble(number(8));
            case ARRAY -> list();
            default -> throw damaged("a value is of the type " + type + ", which there isn't");
        };
    }

    private List<Object> list() throws IOException {
        int type = (int) number(4);
        if (type == ARRAY) {
            throw damaged("it holds lists of lists");
        }
        long length = count(number(8), 1, "elements of a list");
        List<Object> list = new ArrayList<>();
        for (long i = 0; i < length; i++) {
            list.add(value(type));
        }
        return Collections.unmodifiableList(list);
    }

    /** @throws UserError if so many things, each of so many bytes at least, can't follow */
    private long count(long claimed, int leastBytes, String what) {
        if (claimed < 0 || claimed > (size - position) / leastBytes) {
            throw damaged(
                    "it claims " + Long.toUnsignedString(claimed) + " " + what + " in a file of " + size + " bytes");
        }
        return claimed;
    }

    private String text(long longest) throws IOException {
        long length = count(number(8), 1, "characters of a text");
        if (length > Math.min(longest, Integer.MAX_VALUE - 8)) {
            throw damaged("it has a name of " + length + " bytes");
        }
        return new String(bytes((int) length).array(), 0, (int) length, StandardCharsets.UTF_8);
    }

    /** An unsigned number of so many bytes, or whatever 8 bytes are as a signed one. */
    private long number(int length) throws IOException {
        ByteBuffer bytes = bytes(length);
        return switch (length) {
            case 1 -> Byte.toUnsignedLong(bytes.get());
            case 2 -> Short.toUnsignedLong(bytes.getShort());
            case 4 -> Integer.toUnsignedLong(bytes.getInt());
            default -> bytes.getLong();
        };
    }

    private ByteBuffer block = ByteBuffer.allocate(0);

    /** The header's next bytes. */
    private ByteBuffer bytes(int length) throws IOException {
        if (length > size - position) {
            throw damaged("it ends in the middle of its header");
        }
        ByteBuffer taken = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (taken.hasRemaining()) {
            if (!block.hasRemaining()) {
                block = read(
                        position + taken.position(), (int) Math.min(LARGEST_READ, size - position - taken.position()));
            }
            taken.put(block.get());
        }
        position += length;
        return taken.flip();
    }

    private ByteBuffer read(long from, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, from + bytes.position()) < 0) {
                throw damaged("it ends after " + (from + bytes.position()) + " bytes");
            }
        }
        return bytes.flip();
    }

    /** Reads elements {@code from} … {@code from + into.remaining()} of a tensor, row-major. */
    public void read(Tensor tensor, long from, FloatBuffer into) {
        int inBlock = tensor.type().blockElements();
        int most = LARGEST_READ / tensor.type().blockBytes();
        try {
            while (into.hasRemaining()) {
                long first = from / inBlock;
                long last = (from + into.remaining() - 1) / inBlock;
                int blocks = (int) Math.min(most, last - first + 1);
                FloatBuffer decoded = FloatBuffer.allocate(blocks * inBlock);
                long start = tensor.start() + first * tensor.type().blockBytes();
                tensor.type().decode(read(start, blocks * tensor.type().blockBytes()), decoded);
                decoded.flip().position((int) (from - first * inBlock));
                decoded.limit(Math.min(decoded.limit(), decoded.position() + into.remaining()));
                from += decoded.remaining();
                into.put(decoded);
            }
        } catch (IOException e) {
            throw UserError.cannot("read " + path, e);
        }
    }

    private UserError damaged(String how) {
        return new UserError(path + " is damaged: " + how);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
