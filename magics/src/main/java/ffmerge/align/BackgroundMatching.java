package ffmerge.align;

import ffmerge.StopRequest;
import ffmerge.correlation.CorrelationMatrix;
import ffmerge.permutation.LinearAssignment;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/**
 * Finds assignments on the processor while a GPU sums up the next pairs or scores a window. Whoever hands in correlations
 * faster than they are matched has to wait, for each is a large matrix.
 */
final class BackgroundMatching implements AutoCloseable {
    static final int THREADS = Runtime.getRuntime().availableProcessors();

    private final Semaphore room = new Semaphore(2 * THREADS);
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS, work -> {
        Thread thread = new Thread(work, "ffmerge-matching");
        thread.setDaemon(true);
        return thread;
    });

    /** @throws CancellationException if the thread is interrupted while it waits for room */
    Future<LayerAlignment> start(Aligner.LayerPair pair, CorrelationMatrix correlation) {
        StopRequest.waiting(() -> {
            room.acquire();
            return null;
        });
        return threads.submit(() -> {
            try {
                return match(pair, correlation);
            } finally {
                room.release();
            }
        });
    }

    static LayerAlignment match(Aligner.LayerPair pair, CorrelationMatrix correlation) {
        LinearAssignment best = LinearAssignment.maximize(correlation.values(), correlation.size());
        return new LayerAlignment(
                pair.stack(), pair.anchor(), pair.layer(), best.permutation(), correlation.trace(), best.value());
    }

    /** @throws CancellationException if the thread is interrupted while it waits */
    static LayerAlignment await(Future<LayerAlignment> match) {
        try {
            return StopRequest.waiting(match::get);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause()); // matching throws nothing that is checked
        }
    }

    /** What is not done yet will never be. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
