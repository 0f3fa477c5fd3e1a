package ffmerge.kernel;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.dflib.jjava.jupyter.telemetry.TelemetryCollector;

/**
 * Keeps completion and help out of the shell while it reads a cell, which would fail: the shell is not made for several
 * threads. While the cell's code runs, the shell is free; JJava tells of both to whoever measures a cell's time.
 */
final class ShellLock implements TelemetryCollector<Integer> {
    private static final long PATIENCE_MILLIS = 2000;

    private final ReentrantLock lock = new ReentrantLock();

    <T> T evaluating(Supplier<T> evaluation) {
        lock.lock();
        try {
            return evaluation.get();
        } finally {
            lock.unlock();
        }
    }

    /** @param otherwise what holds where the shell is busy for long */
    <T> T asking(Supplier<T> question, T otherwise) {
        try {
            if (!lock.tryLock(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                return otherwise;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return otherwise;
        }
        try {
            return question.get();
        } finally {
            lock.unlock();
        }
    }

    /** A cell's code begins to run. */
    @Override
    public Integer measurementStart() {
        int holds = lock.getHoldCount();
        for (int i = 0; i < holds; i++) {
            lock.unlock();
        }
        return holds;
    }

    /** A cell's code has run. */
    @Override
    public void measurementEnd(Integer holds) {
        for (int i = 0; i < holds; i++) {
            lock.lock();
        }
    }

    @Override
    public void stop() {}
}
