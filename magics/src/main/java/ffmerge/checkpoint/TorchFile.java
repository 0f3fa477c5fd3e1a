package ffmerge.checkpoint;

import ffmerge.Counted;
import ffmerge.checkpoint.Unpickler.Unreadable;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * What {@code torch.save} wrote: a pickle, and the storages that it speaks of.
 *
 * @param root what was saved
 * @param storages each storage's place in the file, by the key that the pickle gives it
 * @param order of the bytes of a number
 * @see <a href="https://github.com/pytorch/pytorch/blob/main/torch/serialization.py">torch/serialization.py, both formats</a>
 */
record TorchFile(Object root, Map<String, Span> storages, ByteOrder order) {
    /** Bytes {@code start} … {@code start + length} of the file. */
    record Span(long start, long length) {}

    /** The pickle of a model with a hundred thousand tensors has 20 MB. */
    private static final int LARGEST_PICKLE = 64 << 20;

    private static final int ZIP = 0x04034b50;
    private static final BigInteger LEGACY = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long LEGACY_PROTOCOL = 1001;

    /**
     * @throws Unreadable if the file is neither of the two formats, or damaged
     * @throws ffmerge.UserError if its pickle names something that is not allowed
     */
    static TorchFile read(FileChannel channel, TorchGlobals globals) throws IOException {
        if (channel.size() < Integer.BYTES) {
            throw new Unreadable("it has only " + Counted.of(channel.size(), "bytes"));
        }
        ByteBuffer first = ZipEntries.bytes(channel, 0, Integer.BYTES);
        if (first.getInt(0) == ZIP) {
            return zip(channel, globals);
        }
        if ((first.get(0) & 0xff) == 0x80) {
            return legacy(channel, globals);
        }
        throw new Unreadable("torch.save writes other files");
    }

    /** Since PyTorch 1.6: a zip file of {@code NAME/data.pkl} and {@code NAME/data/KEY}. */
    private static TorchFile zip(FileChannel channel, TorchGlobals globals) throws IOException {
        Map<String, ZipEntries.Entry> entries = ZipEntries.read(channel);
        List<String> pickles = entries.keySet().stream()
                .filter(name -> name.endsWith("/data.pkl") && name.indexOf('/') == name.lastIndexOf('/'))
                .toList();
        if (pickles.size() != 1) {
            throw new Unreadable("it is a zip file with " + pickles.size() + " pickles data.pkl in place of one");
        }
        String folder = pickles.get(0).substring(0, pickles.get(0).length() - "data.pkl".length());
        if (entries.containsKey(folder + "constants.pkl")) {
            throw new Unreadable("it is a TorchScript program, no weights");
        }
        Map<String, Span> storages = new HashMap<>();
        for (ZipEntries.Entry entry : entries.values()) {
            if (entry.name().startsWith(folder + "data/")) {
                String key = entry.name().substring((folder + "data/").length());
                storages.put(key, new Span(ZipEntries.start(channel, entry), entry.length()));
            }
        }
        Object root = Unpickler.read(content(channel, entries.get(pickles.get(0))), globals);
        return new TorchFile(root, storages, order(channel, entries.get(folder + "byteorder")));
    }

    private static ByteOrder order(FileChannel channel, ZipEntries.Entry entry) throws IOException {
        if (entry == null) {
            return ByteOrder.LITTLE_ENDIAN;
        }
        String order = StandardCharsets.US_ASCII.decode(content(channel, entry)).toString();
        return switch (order) {
            case "little" -> ByteOrder.LITTLE_ENDIAN;
            case "big" -> ByteOrder.BIG_ENDIAN;
            default -> throw new Unreadable("its byte order is neither little nor big");
        };
    }

    /** A small part, whose checksum is worth the time. */
    private static ByteBuffer content(FileChannel channel, ZipEntries.Entry entry) throws IOException {
        if (entry.length() > LARGEST_PICKLE) {
            throw new Unreadable("its part '" + entry.name() + "' has " + entry.length() + " bytes");
        }
        ByteBuffer content = ZipEntries.bytes(channel, ZipEntries.start(channel, entry), (int) entry.length());
        CRC32 crc = new CRC32();
        crc.update(content.duplicate());
        if (crc.getValue() != entry.crc()) {
            throw new Unreadable("its part '" + entry.name() + "' does not match its checksum");
        }
        return content;
    }

    /** Before PyTorch 1.6: five pickles, then each storage as a count of elements and their bytes. */
    private static TorchFile legacy(FileChannel channel, TorchGlobals globals) throws IOException {
        int head = (int) Math.min(channel.size(), LARGEST_PICKLE);
        ByteBuffer in = ZipEntries.bytes(channel, 0, head);
        if (!LEGACY.equals(Unpickler.read(in, globals))) {
            throw new Unreadable("it is a pickle, but none of torch.save");
        }
        if (!Long.valueOf(LEGACY_PROTOCOL).equals(Unpickler.read(in, globals))) {
            throw new Unreadable("it has another version of PyTorch's old format");
        }
        Map<?, ?> system = Unpickler.as(Map.class, Unpickler.read(in, globals));
        ByteOrder order =
                Boolean.FALSE.equals(system.get("little_endian")) ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        Object root = Unpickler.read(in, globals);
        List<?> keys = Unpickler.as(List.class, Unpickler.read(in, globals));
        return new TorchFile(root, legacyStorages(channel, in.position(), keys, globals), order);
    }

    private static Map<String, Span> legacyStorages(FileChannel channel, long place, List<?> keys, TorchGlobals globals)
            throws IOException {
        Map<String, Span> storages = new HashMap<>();
        for (Object word : keys) {
            TorchGlobals.Storage storage = globals.storages().get(Unpickler.as(String.class, word));
            if (storage == null) {
                throw new Unreadable("it holds a storage that its pickle does not speak of");
            }
            // the count is little-endian whatever the numbers are
            long elements = ZipEntries.bytes(channel, place, Long.BYTES).getLong();
            long start = place + Long.BYTES;
            if (elements != storage.elements() || elements * storage.dtype().bytes() > channel.size() - start) {
                throw new Unreadable(
                        "its storage '" + storage.key() + "' has other bytes than its pickle says, or is cut off");
            }
            storages.put(
                    storage.key(), new Span(start, elements * storage.dtype().bytes()));
            place = start + elements * storage.dtype().bytes();
        }
        return storages;
    }
}
