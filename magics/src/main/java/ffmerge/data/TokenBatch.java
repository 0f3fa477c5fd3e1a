package ffmerge.data;

import java.util.Arrays;

/**
 * Rows of tokens of equal length.
 *
 * @param ids {@code [rows, length]}, row-major
 * @param scoredFrom the first position of a row whose token counts in a loss; at least 1, as nothing precedes position 0
 */
public record TokenBatch(long[] ids, int rows, int length, int scoredFrom) implements Batch {
    public TokenBatch {
        if (ids.length != rows * length || scoredFrom < 1 || scoredFrom >= Math.max(2, length)) {
            throw new IllegalArgumentException(ids.length + " ids, " + rows + " × " + length + " from " + scoredFrom);
        }
    }

    @Override
    public int scored() {
        return rows * (length - scoredFrom);
    }

    @Override
    public TokenBatch part(int from, int to) {
        return new TokenBatch(Arrays.copyOfRange(ids, from * length, to * length), to - from, length, scoredFrom);
    }
}
