package ffmerge.activation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.Interrupted;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.torch.ArrayMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Recorded activations in a temporary file, float32, so that one pass over the model serves work that is too large to be
 * done at once: {@link #replay} hands on the same batches, cut in the same places, as often as asked. Reads and writes
 * are plain ones and no mapping, as a full disk is an error of a write but a crash of a mapping.
 *
 * <p>Where the system allows it the file has no name any more once it is open, so that not even a kill leaves it behind.
 */
public final class ActivationFile implements ActivationRecorder.Consumer, AutoCloseable {
    private static final int FLOATS_AT_A_TIME = 1 << 20;

    /** Where a batch's values of one sublayer lie. */
    private record Piece(long offset, long rows, long width) {}

    private final Path folder;
    private final FileChannel channel;
    private final List<Map<Sublayer, Piece>> batches = new ArrayList<>();
    private final ByteBuffer bytes =
            ByteBuffer.allocateDirect(FLOATS_AT_A_TIME * Float.BYTES).order(ByteOrder.nativeOrder());
    private final FloatBuffer floats = bytes.asFloatBuffer();
    private long size;

    /**
     * @param folder on whose disk the values are kept
     * @param expectedBytes how many will be written
     * @throws UserError if the folder can't be written to, or its disk hasn't so much room
     */
    public ActivationFile(Path folder, long expectedBytes) {
        this.folder = folder;
        try {
            long free = Files.getFileStore(folder).getUsableSpace();
            if (free < expectedBytes) {
                throw full(String.format("%.1f GB are needed, %.1f GB are free", expectedBytes / 1e9, free / 1e9));
            }
            Path file = Files.createTempFile(folder, "activations-", ".f32");
            channel = FileChannel.open(
                    file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        } catch (IOException e) {
            throw UserError.cannot("keep activations in " + folder, e);
        }
    }

    private UserError full(String reason) {
        return new UserError("cannot keep activations in " + folder + ": " + reason
                + "; FFMERGE_STATE may name a folder on another disk; more --memory or fewer --tokens need less");
    }

    @Override
    public void accept(Map<Sublayer, NDArray> values, NDManager scope) {
        Map<Sublayer, Piece> pieces = new HashMap<>();
        values.forEach((sublayer, array) -> {
            pieces.put(
                    sublayer,
                    new Piece(size, array.getShape().get(0), array.getShape().get(1)));
            write(array);
        });
        batches.add(pieces);
    }

    private void write(NDArray array) {
        try {
            for (long from = 0; from < array.size(); from += FLOATS_AT_A_TIME) {
                int count = (int) Math.min(FLOATS_AT_A_TIME, array.size() - from);
                ArrayMemory.copyOut(array, from, floats.clear().limit(count));
                bytes.clear().limit(count * Float.BYTES);
                while (bytes.hasRemaining()) {
                    size += channel.write(bytes, size);
                }
            }
        } catch (IOException e) {
            Interrupted.throwIfCause(e);
            throw full(UserError.reason(e));
        }
    }

    /**
     * Hands on what was recorded of some sublayers, batch by batch as it was.
     *
     * @param parent of each batch's scope, which says on which device the arrays are made
     */
    public void replay(
            Set<Sublayer> sublayers, NDManager parent, ActivationRecorder.Consumer consumer, Progress progress) {
        long rows = batches.stream().mapToLong(b -> rows(b, sublayers)).sum();
        try (Progress.Stage stage = progress.start("Correlating units", rows, "tokens")) {
            long done = 0;
            for (Map<Sublayer, Piece> batch : batches) {
                try (NDManager scope = parent.newSubManager()) {
                    Map<Sublayer, NDArray> values = new LinkedHashMap<>();
                    for (Sublayer sublayer : sublayers) {
                        if (batch.containsKey(sublayer)) { // its stack may have given all its rows before
                            values.put(sublayer, read(batch.get(sublayer), scope));
                        }
                    }
                    consumer.accept(values, scope);
                }
                done += rows(batch, sublayers);
                stage.advance(done);
            }
        }
    }

    /** How many rows were recorded of a sublayer. */
    public long rows(Sublayer sublayer) {
        return batches.stream()
                .filter(batch -> batch.containsKey(sublayer))
                .mapToLong(batch -> batch.get(sublayer).rows())
                .sum();
    }

    private static long rows(Map<Sublayer, Piece> batch, Set<Sublayer> sublayers) {
        return sublayers.stream()
                .filter(batch::containsKey)
                .mapToLong(s -> batch.get(s).rows())
                .max()
                .orElse(0);
    }

    private NDArray read(Piece piece, NDManager scope) {
        NDArray array = scope.create(new Shape(piece.rows(), piece.width()), DataType.FLOAT32);
        ArrayMemory.fill(array, (from, into) -> {
            long at = piece.offset() + from * Float.BYTES;
            while (into.hasRemaining()) {
                int count = Math.min(FLOATS_AT_A_TIME, into.remaining());
                read(at, count * Float.BYTES);
                into.put(floats.clear().limit(count));
                at += (long) count * Float.BYTES;
            }
        });
        return array;
    }

    private void read(long at, int count) {
        bytes.clear().limit(count);
        try {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, at + bytes.position()) < 0) {
                    throw new UserError("the activations kept in " + folder + " were cut off by somebody else");
                }
            }
        } catch (IOException e) {
            throw UserError.cannot("read the activations kept in " + folder, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw UserError.cannot("delete the activations kept in " + folder, e);
        }
    }
}
