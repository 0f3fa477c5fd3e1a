package ffmerge.data;

import java.util.AbstractList;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntFunction;

/**
 * Batches that exist only while they are used. Going through them prepares a few beforehand, so that the model needn't
 * wait for decoders and the memory needn't hold them all.
 */
final class BatchesAhead extends AbstractList<Batch> {
    private static final int AHEAD = 2;

    private final int size;
    private final IntFunction<? extends Batch> prepare;

    BatchesAhead(int size, IntFunction<? extends Batch> prepare) {
        this.size = size;
        this.prepare = prepare;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Batch get(int index) {
        return prepare.apply(Objects.checkIndex(index, size));
    }

    @Override
    public Iterator<Batch> iterator() {
        return new Iterator<>() {
            private final Queue<CompletableFuture<Batch>> prepared = new ArrayDeque<>();
            private int asked;

            @Override
            public boolean hasNext() {
                return asked < size || !prepared.isEmpty();
            }

            @Override
            public Batch next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                while (asked < size && prepared.size() <= AHEAD) {
                    int batch = asked++;
                    prepared.add(CompletableFuture.supplyAsync(() -> prepare.apply(batch)));
                }
                try {
                    return prepared.remove().join();
                } catch (CompletionException e) {
                    if (e.getCause() instanceof RuntimeException cause) {
                        throw cause;
                    }
                    throw e;
                }
            }
        };
    }
}
