package ffmerge.data;

import ffmerge.Counted;
import ffmerge.UserError;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The sentence pairs of a split, and the ways to batch them.
 *
 * @param name the data set, for messages and logs
 */
public record PairSet(String name, Split split, List<SentencePair> pairs) implements PairSource {
    private static final Comparator<SentencePair> BY_LENGTH = Comparator.comparingInt(
                    (SentencePair p) -> p.sourceIds().length)
            .thenComparingInt(p -> p.targetIds().length)
            .thenComparingInt(SentencePair::index);

    public PairSet {
        pairs = List.copyOf(pairs);
    }

    @Override
    public PairSet first(int count) {
        return this;
    }

    /** How many source tokens there are. */
    public long sourceTokens() {
        return pairs.stream().mapToLong(p -> p.sourceIds().length).sum();
    }

    /** How many target tokens there are. */
    public long targetTokens() {
        return pairs.stream().mapToLong(p -> p.targetIds().length).sum();
    }

    /**
     * The first pairs, sorted by length, so that little is padded.
     *
     * @param limit at most so many pairs
     */
    public List<TranslationBatch> byLength(int limit, int rowsPerBatch) {
        return cut(pairs.stream().limit(limit).sorted(BY_LENGTH).toList(), rowsPerBatch);
    }

    /** The pairs in their own order. */
    public List<TranslationBatch> inOrder(int rowsPerBatch) {
        return cut(pairs, rowsPerBatch);
    }

    private static List<TranslationBatch> cut(List<SentencePair> pairs, int rowsPerBatch) {
        List<TranslationBatch> batches = new ArrayList<>();
        for (int i = 0; i < pairs.size(); i += rowsPerBatch) {
            batches.add(new TranslationBatch(pairs.subList(i, Math.min(pairs.size(), i + rowsPerBatch))));
        }
        return batches;
    }

    /**
     * Pairs of like length from random places.
     *
     * @param index of the batch, counted over the whole training
     */
    @Override
    public TranslationBatch randomBatch(int rows, long seed, long index) {
        if (pairs.size() < rows) {
            throw new UserError(name + " " + split.label() + " holds " + Counted.of(pairs.size(), "pairs")
                    + ", fewer than a batch of " + rows);
        }
        return new TranslationBatch(RandomBatches.draw(pairs, BY_LENGTH, rows, seed, index));
    }
}
