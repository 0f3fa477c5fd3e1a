package ffmerge.kernel;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.dflib.jjava.kernel.execution.EvaluationInterruptedException;

/**
 * Runs cells that are nothing but magics of ours. They need no shell, which would compile a class for each and keep it
 * for good; but a thread that can be given up.
 */
final class MagicThread {
    /** How such a thread is called. */
    static final String NAME = "ffmerge-cell";

    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, NAME);
        thread.setDaemon(true);
        return thread;
    });

    private volatile Future<?> running;

    /**
     * Waits for the magics' end.
     *
     * @throws EvaluationInterruptedException if they were given up
     * @throws Exception what a magic threw
     */
    void run(String cell, Callable<?> magics) throws Exception {
        Future<?> work = threads.submit(magics);
        running = work;
        try {
            work.get();
        } catch (CancellationException e) {
            throw new EvaluationInterruptedException(cell);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (Exception) e.getCause();
        } finally {
            running = null;
        }
    }

    /** Waits no longer; what goes on stops at its next look. */
    void giveUp() {
        Future<?> work = running;
        if (work != null) {
            work.cancel(true);
        }
    }
}
