package ffmerge.data;

import ffmerge.UserError;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * The sentence pairs of a split, and the ways to batch them.
 *
 * @param name the data set, for messages and logs
 */
public record PairSet(String name, Split split, List<SentencePair> pairs) implements PairSource {
    /** Training batches that are drawn together, so that each can hold sentences of like length. */
    private static final int POOL = 32;

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
     * Pairs of like length from random places. A pool of batches is drawn with a generator of its own, sorted and shuffled
     * batch by batch, so that any batch can be drawn alone.
     *
     * @param index of the batch, counted over the whole training
     */
    @Override
    public TranslationBatch randomBatch(int rows, long seed, long index) {
        if (pairs.size() < rows) {
            throw new UserError(
                    name + " " + split.label() + " holds " + pairs.size() + " pairs, fewer than a batch of " + rows);
        }
        // half of a small set, so that pools differ
        int batches = Math.max(1, Math.min(POOL, pairs.size() / rows / 2));
        SplittableRandom random = new SplittableRandom(new SplittableRandom(seed).nextLong() + index / batches);
        Set<Integer> drawn = new HashSet<>();
        while (drawn.size() < batches * rows) {
            drawn.add(random.nextInt(pairs.size()));
        }
        List<SentencePair> pool =
                drawn.stream().map(pairs::get).sorted(BY_LENGTH).toList();
        List<TranslationBatch> cut = new ArrayList<>(cut(pool, rows));
        Collections.shuffle(cut, new Random(random.nextLong()));
        return cut.get((int) (index % batches));
    }
}
