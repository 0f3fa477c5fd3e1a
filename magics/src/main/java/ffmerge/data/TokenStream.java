package ffmerge.data;

import ffmerge.Counted;
import ffmerge.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A text as one stream of tokens, and the ways to cut it.
 *
 * @param name the data set, for messages and logs
 * @param text what the last of the tokens were made of; those before were put there. Null where it isn't known
 */
public record TokenStream(String name, Split split, int[] ids, TokenizedText text) implements TextSource {
    /** Tokens of a text that isn't known. */
    public TokenStream(String name, Split split, int[] ids) {
        this(name, split, ids, null);
    }

    public TokenStream(String name, Split split, TokenizedText text) {
        this(name, split, text.ids(), text);
    }

    /** The stream with tokens put before it. */
    public TokenStream after(List<Integer> tokens) {
        return tokens.isEmpty()
                ? this
                : new TokenStream(
                        name,
                        split,
                        IntStream.concat(tokens.stream().mapToInt(t -> t), IntStream.of(ids))
                                .toArray(),
                        text);
    }

    /** How much text ranges of tokens of the stream stand for, where it is known. */
    private Optional<TokenizedText.Extent> extent(List<Range> ranges) {
        int before = text == null ? 0 : ids.length - text.ids().length;
        return Optional.ofNullable(text)
                .map(t -> ranges.stream()
                        .map(r -> t.extent(Math.max(0, r.from() - before), Math.max(0, r.to() - before)))
                        .reduce(new TokenizedText.Extent(0, 0), TokenizedText.Extent::plus));
    }

    /** Tokens from one up to another. */
    private record Range(int from, int to) {
        /** Adds a range to others; where it goes on from the last, they are one. */
        static void add(int from, int to, List<Range> ranges) {
            int last = ranges.size() - 1;
            if (last >= 0 && ranges.get(last).to() == from) {
                ranges.set(last, new Range(ranges.get(last).from(), to));
            } else {
                ranges.add(new Range(from, to));
            }
        }
    }

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
        if (ids.length == 0) {
            throw new UserError(name + " " + split.label() + " holds no tokens: is its file empty?");
        }
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
     * Windows of a text that are scored.
     *
     * @param text what their scored tokens stand for, where it is known
     */
    public record Scored(List<TokenBatch> batches, Optional<TokenizedText.Extent> text) {}

    /**
     * Overlapping windows for perplexity, each scoring only what no earlier window scored. The last may be shorter.
     *
     * @param limit at most so many windows
     */
    public Scored scoringWindows(Windows windows, int limit, int rowsPerBatch) {
        int length = windows.tokens();
        int put = windows.first().size();
        List<TokenBatch> batches = new ArrayList<>();
        List<Integer> full = new ArrayList<>();
        List<Range> ranges = new ArrayList<>();
        int scored = 0;
        for (int start = 0, count = 0; count < limit && scored < ids.length; start += windows.stride(), count++) {
            int end = Math.min(start + length, ids.length);
            int from = Math.max(1, put + scored - start);
            if (start > 0 && end - start == length) {
                full.add(start);
            } else if (put + end - start > from) {
                batches.add(batch(List.of(start), windows.first(), put + end - start, from));
            }
            if (put + end - start > from) {
                Range.add(start + from - put, end, ranges);
            }
            scored = end;
        }
        int from = Math.max(1, windows.context() - windows.stride());
        for (int i = 0; i < full.size(); i += rowsPerBatch) {
            List<Integer> starts = full.subList(i, Math.min(full.size(), i + rowsPerBatch));
            batches.add(batch(starts, windows.first(), windows.context(), from));
        }
        if (batches.isEmpty()) {
            throw new UserError(
                    name + " " + split.label() + " holds " + Counted.of(ids.length, "tokens") + ": too few to score");
        }
        return new Scored(batches, extent(ranges));
    }

    /** Rows from random places, drawn with a generator that each step seeds anew, so that any step can be drawn alone. */
    @Override
    public TokenBatch randomRows(int rows, int length, long seed, long step) {
        if (ids.length <= length) {
            throw new UserError(name + " " + split.label() + " holds " + Counted.of(ids.length, "tokens")
                    + ", fewer than a row of " + length);
        }
        SplittableRandom random = new SplittableRandom(new SplittableRandom(seed).nextLong() + step);
        List<Integer> starts = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            starts.add(random.nextInt(ids.length - length));
        }
        return batch(starts, List.of(), length, 1);
    }

    private TokenBatch batch(List<Integer> starts, List<Integer> first, int length, int scoredFrom) {
        long[] batch = new long[starts.size() * length];
        for (int row = 0; row < starts.size(); row++) {
            for (int i = 0; i < first.size(); i++) {
                batch[row * length + i] = first.get(i);
            }
            copy(starts.get(row), batch, row * length + first.size(), length - first.size());
        }
        return new TokenBatch(batch, starts.size(), length, scoredFrom);
    }

    private void copy(int from, long[] into, int at, int count) {
        for (int i = 0; i < count; i++) {
            into[at + i] = ids[from + i];
        }
    }
}
