package ffmerge.checkpoint;

import ffmerge.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;

/** The numbers in a file, mapped into memory piece by piece, so that it may be larger than the heap and than 2 GB. */
record MappedValues(Path path, FileChannel channel, ByteOrder order) {
    /** Elements mapped at a time: 1 GiB of float64, below the 2 GiB that one ByteBuffer can address. */
    static final int MAPPED_ELEMENTS = 1 << 27;

    /**
     * Reads {@code into.remaining()} elements that follow each other.
     *
     * @param tensor named in errors
     * @param start the first one's place in the file, in bytes
     * @throws UserError if the file ends before, or can't be read
     */
    void read(String tensor, DType dtype, long start, FloatBuffer into) {
        int end = into.limit();
        while (into.position() < end) {
            int count = Math.min(MAPPED_ELEMENTS, end - into.position());
            ByteBuffer bytes = map(tensor, start, (long) count * dtype.bytes());
            into.limit(into.position() + count);
            touching(tensor, bytes, () -> dtype.decode(bytes, into));
            into.limit(end);
            start += (long) count * dtype.bytes();
        }
    }

    /**
     * Reads {@code into.remaining()} elements that lie apart.
     *
     * @param start where the storage's first element is in the file, in bytes
     * @param from which element of the view, row-major, comes first
     * @throws UserError if the file ends before, can't be read, or the view spans more than 2 GB
     */
    void gather(String tensor, DType dtype, long start, StridedView view, long from, FloatBuffer into) {
        if (!into.hasRemaining()) {
            return;
        }
        long span = (view.last() - view.offset() + 1) * dtype.bytes();
        if (span > Integer.MAX_VALUE) {
            throw new UserError(path + ": tensor '" + tensor
                    + "' is spread over more than 2 GB; make it contiguous() in Python and save it anew");
        }
        ByteBuffer bytes = map(tensor, start + view.offset() * dtype.bytes(), span);
        touching(tensor, bytes, () -> {
            StridedView.Walk walk = view.walk(from);
            while (into.hasRemaining()) {
                into.put(dtype.at(bytes, Math.toIntExact(walk.next() - view.offset())));
            }
        });
    }

    private ByteBuffer map(String tensor, long start, long length) {
        try {
            if (channel.size() < start + length) {
                throw cutShort(tensor, null);
            }
            return channel.map(MapMode.READ_ONLY, start, length).order(order);
        } catch (IOException e) {
            throw UserError.cannot("read " + path, e);
        }
    }

    /** Reads what is mapped, and gives it back. */
    private void touching(String tensor, ByteBuffer mapped, Runnable reading) {
        try {
            reading.run();
        } catch (InternalError e) {
            // the JVM's word for a mapped page that the file no longer has
            throw cutShort(tensor, e);
        } finally {
            MappedMemory.release(mapped);
        }
    }

    private UserError cutShort(String tensor, InternalError e) {
        return new UserError(path + " was cut short while tensor '" + tensor + "' was read", e);
    }
}
