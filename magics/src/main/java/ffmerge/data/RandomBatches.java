package ffmerge.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;

/** Draws batches of examples of like length from random places, so that little is padded. */
final class RandomBatches {
    /** Batches that are drawn together, so that each can hold examples of like length. */
    private static final int POOL = 32;

    private RandomBatches() {}

    /**
     * A pool of batches is drawn with a generator of its own, sorted and shuffled batch by batch, so that any batch can be
     * drawn alone.
     *
     * @param examples at least {@code rows}
     * @param index of the batch, counted over the whole training
     */
    static <E> List<E> draw(List<E> examples, Comparator<E> byLength, int rows, long seed, long index) {
        // half of a small set, so that pools differ
        int batches = Math.max(1, Math.min(POOL, examples.size() / rows / 2));
        SplittableRandom random = new SplittableRandom(new SplittableRandom(seed).nextLong() + index / batches);
        Set<Integer> drawn = new HashSet<>();
        while (drawn.size() < batches * rows) {
            drawn.add(random.nextInt(examples.size()));
        }
        List<E> pool = drawn.stream().map(examples::get).sorted(byLength).toList();
        List<List<E>> cut = new ArrayList<>();
        for (int i = 0; i < pool.size(); i += rows) {
            cut.add(pool.subList(i, i + rows));
        }
        Collections.shuffle(cut, new Random(random.nextLong()));
        return cut.get((int) (index % batches));
    }
}
