package ffmerge.data;

import ffmerge.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A text as one stream of tokens, and the ways to cut it.
 *
 * @param name the data set, for messages and logs
 */
public record TokenStream(String name, Split split, int[] ids) implements TextSource {
    @Override
    public TokenStream first(long tokens) {
        return this;
    }

    /**
     * Whole blocks from the start, as many as hold so many tokens.
     *
     * @throws UserError if the text is shorter
     */
    public List<TokenBatch> blocks(int length, int tokens, int rowsPerBatch) {
        int blocks = (tokens + length - 1) / length;
        int there = ids.length / length;
        if (blocks > there) {
            throw new UserError(String.format(
                    "%s %s holds %,d tokens in whole blocks of %d; %,d were asked for",
                    name, split.label(), (long) there * length, length, tokens));
        }
        List<TokenBatch> batches = new ArrayList<>();
        for (int block = 0; block < blocks; block += rowsPerBatch) {
            int rows = Math.min(rowsPerBatch, blocks - block);
            long[] batch = new long[rows * length];
            copy(block * length, batch, 0, batch.length);
            batches.add(new TokenBatch(batch, rows, length, 1));
        }
        return batches;
    }

    /**
     * Overlapping windows for perplexity: each as long as the context, half a context after the one before, scoring only
     * what no earlier window scored. The last may be shorter.
     *
     * @param limit at most so many windows
     */
    public List<TokenBatch> scoringWindows(int context, int limit, int rowsPerBatch) {
        int stride = context / 2;
        List<TokenBatch> batches = new ArrayList<>();
        List<Integer> full = new ArrayList<>();
        int windows = 0;
        for (int start = 0, scored = 0; windows < limit && scored < ids.length; start += stride, windows++) {
            int end = Math.min(start + context, ids.length);
            int from = Math.max(1, scored - start);
            if (start > 0 && end - start == context) {
                full.add(start);
            } else if (end - start > from) {
                batches.add(batch(List.of(start), end - start, from));
            }
            scored = end;
        }
        for (int i = 0; i < full.size(); i += rowsPerBatch) {
            batches.add(batch(full.subList(i, Math.min(full.size(), i + rowsPerBatch)), context, context - stride));
        }
        if (batches.isEmpty()) {
            throw new UserError(name + " " + split.label() + " holds " + ids.length + " tokens: too few to score");
        }
        return batches;
    }

    /** Rows from random places, drawn with a generator that each step seeds anew, so that any step can be drawn alone. */
    @Override
    public TokenBatch randomRows(int rows, int length, long seed, long step) {
        if (ids.length <= length) {
            throw new UserError(
                    name + " " + split.label() + " holds " + ids.length + " tokens, fewer than a row of " + length);
        }
        SplittableRandom random = new SplittableRandom(new SplittableRandom(seed).nextLong() + step);
        List<Integer> starts = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            starts.add(random.nextInt(ids.length - length));
        }
        return batch(starts, length, 1);
    }

    private TokenBatch batch(List<Integer> starts, int length, int scoredFrom) {
        long[] batch = new long[starts.size() * length];
        for (int row = 0; row < starts.size(); row++) {
            copy(starts.get(row), batch, row * length, length);
        }
        return new TokenBatch(batch, starts.size(), length, scoredFrom);
    }

    private void copy(int from, long[] into, int at, int count) {
        for (int i = 0; i < count; i++) {
            into[at + i] = ids[from + i];
        }
    }
}
