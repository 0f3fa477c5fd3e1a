package ffmerge.checkpoint;

import ffmerge.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.util.function.LongConsumer;

/** Writes tensors' values behind each other, some at a time, and none that the file's type can't hold. */
public final class ValueWriter {
    /** Values at a time: whole blocks of any {@link GgufType}. */
    private static final int BLOCK = 1 << 16;

    private final FileChannel out;
    private final LongConsumer progress;
    private final float[] values = new float[BLOCK];
    private final ByteBuffer encoded =
            ByteBuffer.allocateDirect(BLOCK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long done;

    /** Where values come from: as many as there is room for, from one on. */
    public interface Source {
        void read(long from, FloatBuffer into);
    }

    /** @param progress is told how many bytes of values are written so far */
    public ValueWriter(FileChannel out, LongConsumer progress) {
        this.out = out;
        this.progress = progress;
    }

    /** Writes what isn't values. */
    public void bytes(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    /**
     * Writes a tensor of a checkpoint.
     *
     * @throws UserError if a value is not finite in the type
     */
    public void tensor(Checkpoint checkpoint, String name, long elements, NumberType type) throws IOException {
        tensor(name, elements, type, (from, into) -> checkpoint.read(name, from, into));
    }

    /**
     * Writes a tensor.
     *
     * @param name for messages
     * @throws UserError if a value is not finite in the type
     */
    public void tensor(String name, long elements, NumberType type, Source source) throws IOException {
        for (long from = 0; from < elements; from += BLOCK) {
            int count = (int) Math.min(BLOCK, elements - from);
            source.read(from, FloatBuffer.wrap(values, 0, count));
            requireFits(name, count, type);
            type.encode(FloatBuffer.wrap(values, 0, count), encoded.clear());
            done += encoded.flip().remaining();
            bytes(encoded);
            progress.accept(done);
        }
    }

    private void requireFits(String name, int count, NumberType type) {
        float largest = type.largest();
        for (int i = 0; i < count; i++) {
            if (!(Math.abs(values[i]) <= largest)) {
                throw new UserError("tensor '" + name + "' holds " + values[i] + ", which " + type.label()
                        + " cannot hold" + (Float.isFinite(values[i]) ? "; save with --dtype float32" : ""));
            }
        }
    }
}
