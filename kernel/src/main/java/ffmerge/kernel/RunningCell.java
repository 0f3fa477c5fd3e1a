package ffmerge.kernel;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** The cell that is run: one at a time; an interrupt is meant for it, and the kernel's end waits for its end. */
final class RunningCell {
    private static final long BETWEEN_MILLIS = 20;
    /** Within which a cell whose magic has just ended may end by itself, and keep its result. */
    private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** What a magic that was told to stop is given: a large step, and the time to keep its state. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final ReentrantLock lock = new ReentrantLock();
    private final RunningMagic magic;
    private volatile long number;

    RunningCell(RunningMagic magic) {
        this.magic = magic;
    }

    void run(Runnable cell) {
        lock.lock();
        try {
            magic.beginCell();
            number++;
            cell.run();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Stops the cell. A magic of ours ends by itself, and all other code is given up, as JJava does it: it may run on
     * beside the next cell. Whoever interrupts again after some seconds wants ours to be given up, too.
     */
    void interrupt(Runnable giveUp) {
        if (!lock.isLocked()) {
            return;
        }
        long interrupted = number;
        boolean insists = magic.interrupt() > PATIENCE_NANOS;
        Thread thread = new Thread(() -> giveUp(giveUp, interrupted, insists), "interrupt");
        thread.setDaemon(true);
        thread.start();
    }

    /** JJava forgets an interrupt that comes while it compiles, so it is told until the cell has ended. */
    private void giveUp(Runnable giveUp, long interrupted, boolean ours) {
        while (lock.isLocked() && number == interrupted) {
            if (ours || magic.idleNanos() > GRACE_NANOS) {
                giveUp.run();
            }
            try {
                Thread.sleep(BETWEEN_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Waits for the cell's end, but not for long; where it ended, no other begins. */
    boolean endsWithin(long millis) {
        try {
            return lock.tryLock(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
