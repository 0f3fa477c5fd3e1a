package ffmerge.kernel;

import ffmerge.StopRequest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.magic.MagicsRegistry;

/**
 * The magics, and which of ours is under way. JJava gives an interrupted cell up at once and lets its work run on beside
 * the next one; a magic of ours is told instead, ends by itself and says so. It is told by {@link StopRequest} and not by
 * the thread's interrupt, which would close the very files that the compiler reads while a magic binds a variable. And
 * where JJava keeps of an exception only its name, this keeps the exception.
 */
final class RunningMagic extends MagicsRegistry {
    private final String name;
    private Thread thread;
    private Throwable failure;
    private String finished = "";
    private long idleSince = System.nanoTime();
    private long interruptedAt;
    private boolean interrupted;

    /** @param name the magic that may be told of an interrupt; others are given up */
    RunningMagic(String name) {
        this.name = name;
    }

    /** Forgets the cell before, and work of it that was given up and goes on. */
    synchronized void beginCell() {
        thread = null;
        failure = null;
        finished = "";
        idleSince = System.nanoTime();
        interrupted = false;
    }

    /** What a magic of this cell threw. */
    synchronized Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    /** The last magic of ours that this cell brought to its end; "" where there is none. */
    synchronized String finished() {
        return finished;
    }

    /** Whether an interrupt was asked for in this cell. */
    synchronized boolean wasInterrupted() {
        return interrupted;
    }

    /** For how long no magic of ours has been under way; 0 while one is, which ends by itself. */
    synchronized long idleNanos() {
        return thread != null ? 0 : System.nanoTime() - idleSince;
    }

    /**
     * Tells the magic under way, or the next one of this cell, to stop.
     *
     * @return for how long it has known, in nanoseconds; 0 if it was not told before
     */
    synchronized long interrupt() {
        long now = System.nanoTime();
        if (!interrupted) {
            interrupted = true;
            interruptedAt = now;
        }
        if (thread != null) {
            StopRequest.send(thread);
        }
        return now - interruptedAt;
    }

    @Override
    public <T, K extends BaseKernel> T evalLineMagic(K kernel, String name, List<String> words) throws Exception {
        return run(name, words, () -> super.evalLineMagic(kernel, name, words));
    }

    @Override
    public <T, K extends BaseKernel> T evalCellMagic(K kernel, String name, List<String> words, String body)
            throws Exception {
        return run(name, words, () -> super.evalCellMagic(kernel, name, words, body));
    }

    private <T> T run(String name, List<String> words, Callable<T> magic) throws Exception {
        boolean ours = name.equals(this.name) && enter();
        try {
            T value = magic.call();
            if (ours) {
                finish(("%" + name + " " + String.join(" ", words)).strip());
            }
            return value;
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
            StopRequest.send(thread); // it came while the cell was compiled
        }
        return true;
    }

    private synchronized void finish(String line) {
        if (thread == Thread.currentThread()) {
            finished = line;
        }
    }

    private synchronized void leave() {
        if (thread == Thread.currentThread()) {
            thread = null;
            idleSince = System.nanoTime();
        }
        StopRequest.take(); // one that came too late is not the next statement's
    }

    private synchronized void keep(Throwable e) {
        failure = e;
    }
}
