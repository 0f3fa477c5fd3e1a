package ffmerge.checkpoint;

import ffmerge.checkpoint.Unpickler.Unreadable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The table of contents of a zip file, with each entry's place, so that it can be mapped where it lies; the JDK's reader
 * tells no places.
 *
 * @see <a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">the format, sections 4.3 and 4.5.3</a>
 */
final class ZipEntries {
    /**
     * An entry as it stands in the file.
     *
     * @param header the place of its local header, which the data follow
     */
    record Entry(String name, long header, long length, long crc) {}

    private static final int END = 0x06054b50;
    private static final int END_64 = 0x06064b50;
    private static final int LOCATOR_64 = 0x07064b50;
    private static final int CENTRAL = 0x02014b50;
    private static final int LOCAL = 0x04034b50;
    private static final int END_LENGTH = 22;
    private static final int LONGEST_COMMENT = 0xffff;
    private static final int LARGEST_DIRECTORY = 64 << 20;
    private static final long IN_EXTRA = 0xffffffffL;

    private ZipEntries() {}

    /** @throws Unreadable if it is no zip file, is cut off, or its entries are packed or lie outside of it */
    static Map<String, Entry> read(FileChannel channel) throws IOException {
        long size = channel.size();
        int tailLength = (int) Math.min(size, END_LENGTH + LONGEST_COMMENT);
        ByteBuffer tail = bytes(channel, size - tailLength, tailLength);
        int end = tailLength - END_LENGTH;
        while (end >= 0 && tail.getInt(end) != END) {
            end--;
        }
        if (end < 0) {
            throw new Unreadable("it is cut off: the table at its end is missing");
        }
        long directoryLength = tail.getInt(end + 12) & 0xffffffffL;
        long directory = tail.getInt(end + 16) & 0xffffffffL;
        long locator = size - tailLength + end - 20;
        if (locator >= 0 && bytes(channel, locator, 4).getInt() == LOCATOR_64) {
            long end64 = bytes(channel, locator + 8, Long.BYTES).getLong();
            ByteBuffer wide = bytes(channel, end64, 56);
            if (wide.getInt() != END_64) {
                throw new Unreadable("the table at its end is damaged");
            }
            directoryLength = wide.getLong(40);
            directory = wide.getLong(48);
        }
        if (directoryLength < 0 || directoryLength > LARGEST_DIRECTORY) {
            throw new Unreadable("it claims a table of contents of " + directoryLength + " bytes");
        }
        return entries(bytes(channel, directory, (int) directoryLength), size);
    }

    private static Map<String, Entry> entries(ByteBuffer directory, long size) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        while (directory.remaining() >= 46 && directory.getInt(directory.position()) == CENTRAL) {
            int at = directory.position();
            int nameLength = directory.getShort(at + 28) & 0xffff;
            int extraLength = directory.getShort(at + 30) & 0xffff;
            int commentLength = directory.getShort(at + 32) & 0xffff;
            int next = at + 46 + nameLength + extraLength + commentLength;
            if (next > directory.limit()) {
                break;
            }
            byte[] name = new byte[nameLength];
            directory.get(at + 46, name);
            Entry entry = entry(
                    new String(name, StandardCharsets.UTF_8),
                    directory,
                    at,
                    directory.slice(at + 46 + nameLength, extraLength).order(ByteOrder.LITTLE_ENDIAN));
            if (entry.header() < 0 || entry.length() < 0 || entry.length() > size - entry.header()) {
                throw new Unreadable("its part '" + entry.name() + "' lies outside of the file: it is cut off");
            }
            if (entries.put(entry.name(), entry) != null) {
                throw new Unreadable("it has the part '" + entry.name() + "' twice");
            }
            directory.position(next);
        }
        if (directory.hasRemaining() || entries.isEmpty()) {
            throw new Unreadable("its table of contents is damaged");
        }
        return entries;
    }

    private static Entry entry(String name, ByteBuffer directory, int at, ByteBuffer extra) {
        boolean encrypted = (directory.getShort(at + 8) & 1) != 0;
        if (encrypted || directory.getShort(at + 10) != 0) {
            throw new Unreadable("its part '" + name + "' is packed, which torch.save never does");
        }
        long packed = directory.getInt(at + 20) & 0xffffffffL;
        long length = directory.getInt(at + 24) & 0xffffffffL;
        long header = directory.getInt(at + 42) & 0xffffffffL;
        while (extra.remaining() >= 4) {
            int tag = extra.getShort() & 0xffff;
            int fieldLength = extra.getShort() & 0xffff;
            if (fieldLength > extra.remaining()) {
                break;
            }
            ByteBuffer field = extra.slice(extra.position(), fieldLength).order(ByteOrder.LITTLE_ENDIAN);
            if (tag == 1) { // ZIP64: the numbers that did not fit, in this order
                length = wide(length, field);
                packed = wide(packed, field);
                header = wide(header, field);
            }
            extra.position(extra.position() + fieldLength);
        }
        if (packed != length) {
            throw new Unreadable("its part '" + name + "' is packed, which torch.save never does");
        }
        return new Entry(name, header, length, directory.getInt(at + 16) & 0xffffffffL);
    }

    private static long wide(long narrow, ByteBuffer field) {
        return narrow == IN_EXTRA && field.remaining() >= Long.BYTES ? field.getLong() : narrow;
    }

    /** The place of an entry's first byte. */
    static long start(FileChannel channel, Entry entry) throws IOException {
        ByteBuffer local = bytes(channel, entry.header(), 30);
        if (local.getInt() != LOCAL) {
            throw new Unreadable("its part '" + entry.name() + "' is not where its table of contents says");
        }
        long start = entry.header() + 30 + (local.getShort(26) & 0xffff) + (local.getShort(28) & 0xffff);
        if (start > channel.size() - entry.length()) {
            throw new Unreadable("its part '" + entry.name() + "' lies outside of the file: it is cut off");
        }
        return start;
    }

    /** @throws Unreadable if the file does not have these bytes */
    static ByteBuffer bytes(FileChannel channel, long position, int length) throws IOException {
        if (position < 0 || position > channel.size() - length) {
            throw new Unreadable("it points outside of itself: it is cut off");
        }
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new Unreadable("it is cut off");
            }
        }
        return buffer.flip();
    }
}
