package ffmerge.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

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

    /** Rows of any lengths, the shorter ones filled up behind: what stands there is for nobody to look at. */
    public static TokenBatch padded(List<int[]> rows) {
        int length = rows.stream().mapToInt(row -> row.length).max().orElse(0);
        long[] ids = new long[rows.size() * length];
        for (int row = 0; row < rows.size(); row++) {
            for (int i = 0; i < rows.get(row).length; i++) {
                ids[row * length + i] = rows.get(row)[i];
            }
        }
        return new TokenBatch(ids, rows.size(), length, 1);
    }

    /** The first of some rows, as many as hold so many tokens, a batch each: without padding. */
    static List<TokenBatch> rows(Stream<int[]> all, int tokens) {
        List<TokenBatch> rows = new ArrayList<>();
        long count = 0;
        for (Iterator<int[]> next = all.iterator(); next.hasNext() && count < tokens; ) {
            int[] ids = next.next();
            rows.add(padded(List.of(ids)));
            count += ids.length;
        }
        return rows;
    }

    @Override
    public int scored() {
        return rows * (length - scoredFrom);
    }

    @Override
    public TokenBatch repeated(int times) {
        long[] repeated = new long[times * length];
        for (int row = 0; row < times; row++) {
            System.arraycopy(ids, 0, repeated, row * length, length);
        }
        return new TokenBatch(repeated, times, length, scoredFrom);
    }

    @Override
    public TokenBatch part(int from, int to) {
        return new TokenBatch(Arrays.copyOfRange(ids, from * length, to * length), to - from, length, scoredFrom);
    }
}
