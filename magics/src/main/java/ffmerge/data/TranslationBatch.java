package ffmerge.data;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/** Sentences to be translated together, with their reference translations; the shorter ones are padded. */
public record TranslationBatch(List<SentencePair> pairs) implements Batch {
    public TranslationBatch {
        pairs = List.copyOf(pairs);
    }

    @Override
    public int rows() {
        return pairs.size();
    }

    @Override
    public int scored() {
        return targetTokens();
    }

    @Override
    public TranslationBatch repeated(int times) {
        return new TranslationBatch(Collections.nCopies(times, pairs.get(0)));
    }

    @Override
    public TranslationBatch part(int from, int to) {
        return new TranslationBatch(pairs.subList(from, to));
    }

    /** How long the longest source is, in tokens. */
    public int sourceLength() {
        return longest(SentencePair::sourceIds);
    }

    /** How long the longest target is, in tokens. */
    public int targetLength() {
        return longest(SentencePair::targetIds);
    }

    private int longest(Function<SentencePair, int[]> side) {
        return pairs.stream().mapToInt(p -> side.apply(p).length).max().orElse(0);
    }

    /** How many source tokens there are, padding left out. */
    public int sourceTokens() {
        return pairs.stream().mapToInt(p -> p.sourceIds().length).sum();
    }

    /** How many target tokens there are, padding left out. */
    public int targetTokens() {
        return pairs.stream().mapToInt(p -> p.targetIds().length).sum();
    }

    /** {@code [rows, sourceLength]} */
    public long[] sources(long padding) {
        return padded(SentencePair::sourceIds, sourceLength(), padding);
    }

    /** {@code [rows, targetLength]} */
    public long[] targets(long padding) {
        return padded(SentencePair::targetIds, targetLength(), padding);
    }

    private long[] padded(Function<SentencePair, int[]> side, int length, long padding) {
        long[] ids = new long[pairs.size() * length];
        Arrays.fill(ids, padding);
        for (int row = 0; row < pairs.size(); row++) {
            int[] own = side.apply(pairs.get(row));
            for (int i = 0; i < own.length; i++) {
                ids[row * length + i] = own[i];
            }
        }
        return ids;
    }

    /** Where in {@link #sources} a token stands and no padding. */
    public boolean[] sourceMask() {
        int length = sourceLength();
        boolean[] mask = new boolean[pairs.size() * length];
        for (int row = 0; row < pairs.size(); row++) {
            Arrays.fill(mask, row * length, row * length + pairs.get(row).sourceIds().length, true);
        }
        return mask;
    }

    /** The places of {@link #sources} that hold a token, row by row. */
    public long[] sourcePlaces() {
        return places(SentencePair::sourceIds, sourceLength(), sourceTokens());
    }

    /** The places of {@link #targets} that hold a token, row by row. */
    public long[] targetPlaces() {
        return places(SentencePair::targetIds, targetLength(), targetTokens());
    }

    private long[] places(Function<SentencePair, int[]> side, int length, int tokens) {
        long[] places = new long[tokens];
        int count = 0;
        for (int row = 0; row < pairs.size(); row++) {
            for (int i = 0; i < side.apply(pairs.get(row)).length; i++) {
                places[count++] = (long) row * length + i;
            }
        }
        return places;
    }
}
