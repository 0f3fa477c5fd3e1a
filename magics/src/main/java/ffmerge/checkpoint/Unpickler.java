package ffmerge.checkpoint;

import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a pickle as data. A pickle is a program for a stack machine, and Python's own interpreter calls whatever function
 * it names; this one knows the instructions that {@code torch.save} writes and calls nothing but {@link TorchGlobals}. It
 * does not recurse, and what it builds is bounded by the count of instructions, so that no pickle can exhaust it.
 *
 * <p>Values are {@link Long}, {@link BigInteger}, {@link Double}, {@link Boolean}, {@link String}, {@link Tuple},
 * {@link List}, {@link Map}, {@link #NONE}, {@link Opaque}, and what {@link TorchGlobals} makes.
 *
 * @see <a href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">pickletools, which defines the instructions</a>
 */
final class Unpickler {
    /** Python's {@code None}. */
    static final Object NONE = new Opaque("None");

    /** A shard of the largest models has some hundred thousand. */
    private static final int MOST_INSTRUCTIONS = 5_000_000;

    private static final int MOST_LONG_BYTES = 16;

    /** Something whose value nobody asks for, such as bytes or a random generator's state. */
    record Opaque(String what) {}

    record Tuple(List<Object> items) {}

    /** Says that the bytes are no pickle of tensors; the message completes "it is damaged: …". */
    static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unreadable(String why) {
            super(why, null, false, false);
        }
    }

    private final ByteBuffer in;
    private final TorchGlobals globals;
    private final List<Object> stack = new ArrayList<>();
    /** Heights of the stack where a MARK was set. */
    private final List<Integer> marks = new ArrayList<>();

    private final Map<Long, Object> memo = new HashMap<>();

    private Unpickler(ByteBuffer in, TorchGlobals globals) {
        this.in = in.order(ByteOrder.LITTLE_ENDIAN);
        this.globals = globals;
    }

    /**
     * Reads one pickle from the buffer's position, which then stands behind it.
     *
     * @throws Unreadable if it is damaged
     * @throws ffmerge.UserError if it names something that is not allowed
     */
    static Object read(ByteBuffer in, TorchGlobals globals) {
        try {
            return new Unpickler(in, globals).run();
        } catch (BufferUnderflowException e) {
            throw new Unreadable("its pickle is cut off");
        }
    }

    private Object run() {
        for (int instruction = 0; instruction < MOST_INSTRUCTIONS; instruction++) {
            int code = in.get() & 0xff;
            if (code == '.') {
                return pop();
            }
            execute(code);
        }
        throw new Unreadable("its pickle has more than " + MOST_INSTRUCTIONS + " instructions");
    }

    private void execute(int code) {
        switch (code) {
            case 0x80 -> requireProtocol(in.get());
            case 0x95 -> in.getLong(); // FRAME: how far to read ahead
            case '(' -> marks.add(stack.size());
            case '0' -> pop();
            case '1' -> popMark();
            case '2' -> push(top());

            case 'N' -> push(NONE);
            case 0x88 -> push(true);
            case 0x89 -> push(false);
            case 'J' -> push((long) in.getInt());
            case 'K' -> push(in.get() & 0xffL);
            case 'M' -> push(in.getShort() & 0xffffL);
            case 0x8a -> push(longNumber(in.get() & 0xffL));
            case 0x8b -> push(longNumber(in.getInt()));
            case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(in.getLong())));

            case 'X' -> push(text(in.getInt() & 0xffffffffL));
            case 0x8c -> push(text(in.get() & 0xffL));
            case 0x8d -> push(text(in.getLong()));
            case 'T' -> push(text(in.getInt())); // Python 2's str
            case 'U' -> push(text(in.get() & 0xffL));
            case 'B' -> skipBytes(in.getInt() & 0xffffffffL);
            case 'C' -> skipBytes(in.get() & 0xffL);
            case 0x8e, 0x96 -> skipBytes(in.getLong());

            case ')' -> push(new Tuple(List.of()));
            case 't' -> push(new Tuple(popMark()));
            case 0x85 -> push(new Tuple(popLast(1)));
            case 0x86 -> push(new Tuple(popLast(2)));
            case 0x87 -> push(new Tuple(popLast(3)));
            case ']', 0x8f -> push(new ArrayList<>()); // a set is as good as a list here
            case 'l', 0x91 -> push(popMark());
            case 'a' -> {
                Object item = pop();
                list().add(item);
            }
            case 'e', 0x90 -> {
                List<Object> items = popMark();
                list().addAll(items);
            }
            case '}' -> push(new LinkedHashMap<>());
            case 'd' -> {
                Map<Object, Object> map = new LinkedHashMap<>();
                putAll(map, popMark());
                push(map);
            }
            case 's' -> {
                List<Object> entry = popLast(2);
                putAll(map(), entry);
            }
            case 'u' -> {
                List<Object> entries = popMark();
                putAll(map(), entries);
            }

            case 'q' -> memo.put(in.get() & 0xffL, top());
            case 'r' -> memo.put(in.getInt() & 0xffffffffL, top());
            case 0x94 -> memo.put((long) memo.size(), top());
            case 'h' -> push(remembered(in.get() & 0xffL));
            case 'j' -> push(remembered(in.getInt() & 0xffffffffL));

            case 'c' -> push(globals.named(line(), line()));
            case 0x93 -> {
                List<Object> name = popLast(2);
                push(globals.named(as(String.class, name.get(0)), as(String.class, name.get(1))));
            }
            case 'R', 0x81 -> {
                List<Object> call = popLast(2);
                push(globals.call(call.get(0), as(Tuple.class, call.get(1)).items()));
            }
            case 'b' -> {
                pop(); // attributes of an object, of which no tensor needs any
                top();
            }
            case 'Q' -> push(globals.persistent(as(Tuple.class, pop()).items()));
            default ->
                throw new Unreadable("its pickle has the instruction " + code + ", which torch.save never writes");
        }
    }

    private static void requireProtocol(byte protocol) {
        if (protocol < 2 || protocol > 5) {
            throw new Unreadable("its pickle has the unknown protocol " + protocol);
        }
    }

    private void push(Object value) {
        stack.add(value);
    }

    /** The lowest place of the stack that may be taken: what lies below a mark is out of reach until the mark is. */
    private int floor() {
        return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
    }

    private Object top() {
        if (stack.size() <= floor()) {
            throw new Unreadable("its pickle takes more from the stack than is there");
        }
        return stack.get(stack.size() - 1);
    }

    private Object pop() {
        Object top = top();
        stack.remove(stack.size() - 1);
        return top;
    }

    private List<Object> popLast(int count) {
        if (stack.size() - floor() < count) {
            throw new Unreadable("its pickle takes more from the stack than is there");
        }
        return cut(stack.size() - count);
    }

    private List<Object> popMark() {
        if (marks.isEmpty()) {
            throw new Unreadable("its pickle takes a mark that was never set");
        }
        return cut(marks.remove(marks.size() - 1));
    }

    private List<Object> cut(int from) {
        List<Object> tail = stack.subList(from, stack.size());
        List<Object> items = new ArrayList<>(tail);
        tail.clear();
        return items;
    }

    @SuppressWarnings("unchecked")
    private List<Object> list() {
        return as(List.class, top());
    }

    @SuppressWarnings("unchecked")
    private Map<Object, Object> map() {
        return as(Map.class, top());
    }

    /** A key is a word or a number: the hash of anything that contains others could take forever. */
    static void putAll(Map<Object, Object> map, List<Object> keysAndValues) {
        if (keysAndValues.size() % 2 != 0) {
            throw new Unreadable("its pickle has a dictionary with a key and no value");
        }
        for (int i = 0; i < keysAndValues.size(); i += 2) {
            Object key = keysAndValues.get(i);
            if (!(key instanceof String || key instanceof Long || key instanceof Boolean || key instanceof Double)) {
                throw new Unreadable("its pickle has a dictionary whose keys are neither words nor numbers");
            }
            map.put(key, keysAndValues.get(i + 1));
        }
    }

    private Object remembered(long index) {
        Object value = memo.get(index);
        if (value == null) {
            throw new Unreadable("its pickle recalls what it never remembered");
        }
        return value;
    }

    private byte[] bytes(long length) {
        if (length < 0 || length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[(int) length];
        in.get(bytes);
        return bytes;
    }

    private String text(long length) {
        return new String(bytes(length), StandardCharsets.UTF_8);
    }

    private void skipBytes(long length) {
        if (length < 0 || length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        in.position(in.position() + (int) length);
        push(new Opaque("bytes"));
    }

    private String line() {
        int start = in.position();
        while (in.get() != '\n') {
            // an unfinished line ends with the buffer
        }
        byte[] line = new byte[in.position() - 1 - start];
        in.get(start, line);
        return new String(line, StandardCharsets.UTF_8);
    }

    private Object longNumber(long length) {
        if (length > MOST_LONG_BYTES) {
            throw new Unreadable("its pickle has a number of " + length + " bytes");
        }
        byte[] bytes = bytes(length);
        byte[] bigEndian = new byte[bytes.length + 1];
        for (int i = 0; i < bytes.length; i++) {
            bigEndian[bytes.length - i] = bytes[i];
        }
        // the extra leading byte carries the sign on
        bigEndian[0] = (byte) (bytes.length > 0 && bytes[bytes.length - 1] < 0 ? -1 : 0);
        BigInteger number = new BigInteger(bigEndian);
        return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
    }

    /** @throws Unreadable if a value is not of the kind that its place asks for */
    static <T> T as(Class<T> type, Object value) {
        if (!type.isInstance(value)) {
            throw new Unreadable("its pickle has " + kind(value) + " where " + type.getSimpleName() + " belongs");
        }
        return type.cast(value);
    }

    /** The kind of a value; never the value itself, which may be endless. */
    private static String kind(Object value) {
        return value instanceof Opaque opaque ? opaque.what() : value.getClass().getSimpleName();
    }
}
