package ffmerge.kernel;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.magic.MagicsRegistry;

/**
 * The magics, and which of ours is under way. JJava gives an interrupted cell up at once and lets its work run on beside
 * the next one; a magic of ours is told instead, ends by itself and says so. And where JJava keeps of an exception only
 * its name, this keeps the exception.
 */
final class RunningMagic extends MagicsRegistry {
    private final String name;
    private Thread thread;
    private Throwable failure;
    private boolean interrupted;
    private boolean held;

    /** @param name the magic that may be told of an interrupt; others are given up */
    RunningMagic(String name) {
        this.name = name;
    }

    /** Forgets the cell before, and work of it that was given up and goes on. */
    synchronized void beginCell() {
        thread = null;
        failure = null;
        interrupted = false;
        held = false;
    }

    /** What a magic of this cell threw. */
    synchronized Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    /** Whether an interrupt was asked for in this cell. */
    synchronized boolean wasInterrupted() {
        return interrupted;
    }

    /** Whether a magic of ours is under way: then it ends by itself. */
    synchronized boolean isUnderWay() {
        return thread != null;
    }

    /**
     * Tells the magic under way, or the next one of this cell, to stop.
     *
     * @return whether it was told before
     */
    synchronized boolean interrupt() {
        boolean again = interrupted;
        interrupted = true;
        if (thread != null && !held) {
            thread.interrupt();
        }
        return again;
    }

    /**
     * Evaluates what the magic under way gives to the shell, undisturbed: an interrupt would close the very files that
     * the compiler reads, and no cell could use their classes again. It arrives afterwards.
     */
    <T> T undisturbed(Callable<T> evaluation) throws Exception {
        if (!hold()) {
            return evaluation.call();
        }
        try {
            return evaluation.call();
        } finally {
            release();
        }
    }

    private synchronized boolean hold() {
        if (thread != Thread.currentThread() || held) {
            return false;
        }
        held = true;
        Thread.interrupted();
        return true;
    }

    private synchronized void release() {
        if (thread != Thread.currentThread()) {
            return; // given up meanwhile
        }
        held = false;
        if (interrupted) {
            thread.interrupt();
        }
    }

    @Override
    public <T, K extends BaseKernel> T evalLineMagic(K kernel, String name, List<String> words) throws Exception {
        return run(name, () -> super.evalLineMagic(kernel, name, words));
    }

    @Override
    public <T, K extends BaseKernel> T evalCellMagic(K kernel, String name, List<String> words, String body)
            throws Exception {
        return run(name, () -> super.evalCellMagic(kernel, name, words, body));
    }

    private <T> T run(String name, Callable<T> magic) throws Exception {
        boolean ours = name.equals(this.name) && enter();
        try {
            return magic.call();
        } catch (Exception | Error e) {
            keep(e);
            throw e;
        } finally {
            if (ours) {
                leave();
            }
        }
    }

    private synchronized boolean enter() {
        if (thread == Thread.currentThread()) {
            return false; // a magic inside a magic
        }
        thread = Thread.currentThread();
        if (interrupted) {
            thread.interrupt(); // it came while the cell was compiled
        }
        return true;
    }

    private synchronized void leave() {
        if (thread == Thread.currentThread()) {
            thread = null;
        }
        Thread.interrupted(); // one that came too late is not the next statement's
    }

    private synchronized void keep(Throwable e) {
        failure = e;
    }
}
