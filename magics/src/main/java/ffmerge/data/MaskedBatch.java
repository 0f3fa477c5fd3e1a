package ffmerge.data;

import java.util.Arrays;

/**
 * Rows of tokens of equal length, some of which are to be guessed from all others.
 *
 * @param ids {@code [rows, length]}, row-major, as the model sees them
 * @param targets {@code [rows, length]}: the token that stood in a place, {@value #NONE} where none is asked for
 */
public record MaskedBatch(long[] ids, long[] targets, int rows, int length) implements Batch {
    /** Cross entropy leaves it out. */
    public static final long NONE = -100;

    public MaskedBatch {
        if (ids.length != rows * length || targets.length != ids.length) {
            throw new IllegalArgumentException(
                    ids.length + " ids, " + targets.length + " targets, " + rows + " × " + length);
        }
    }

    @Override
    public int scored() {
        return (int) Arrays.stream(targets).filter(t -> t != NONE).count();
    }

    /** The places of {@link #ids} that are asked for, row by row. */
    public long[] places() {
        long[] places = new long[scored()];
        int count = 0;
        for (int i = 0; i < targets.length; i++) {
            if (targets[i] != NONE) {
                places[count++] = i;
            }
        }
        return places;
    }

    /** The tokens that stood in {@link #places}. */
    public long[] answers() {
        return Arrays.stream(targets).filter(t -> t != NONE).toArray();
    }

    /** How many places of a row are asked for. */
    public int scored(int row) {
        return part(row, row + 1).scored();
    }

    @Override
    public MaskedBatch part(int from, int to) {
        return new MaskedBatch(
                Arrays.copyOfRange(ids, from * length, to * length),
                Arrays.copyOfRange(targets, from * length, to * length),
                to - from,
                length);
    }

    @Override
    public MaskedBatch repeated(int times) {
        long[] repeatedIds = new long[times * length];
        long[] repeatedTargets = new long[times * length];
        for (int row = 0; row < times; row++) {
            System.arraycopy(ids, 0, repeatedIds, row * length, length);
            System.arraycopy(targets, 0, repeatedTargets, row * length, length);
        }
        return new MaskedBatch(repeatedIds, repeatedTargets, times, length);
    }
}
