package ffmerge;

import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A user's wish that the work of a thread stop. It is kept in a place of ours and not in the thread's own interrupt flag:
 * that one is cleared by whoever looks at it first (the JDK does when it reads a font), and while it is set every file
 * that the thread touches is closed under it. The work looks for the wish once a batch, see {@link Progress}; only where
 * a thread waits for others is it interrupted as well. A thread that was interrupted without a wish, by a host that knows
 * nothing of this class, is taken to be asked, too.
 */
public final class StopRequest {
    private static final Set<Thread> ASKED = ConcurrentHashMap.newKeySet();
    private static final Set<Thread> WAITING = ConcurrentHashMap.newKeySet();
    private static final Set<Thread> SHIELDED = ConcurrentHashMap.newKeySet();

    private StopRequest() {}

    /** Waits for another thread, a process or a server. */
    @FunctionalInterface
    public interface Wait<T, E extends Exception> {
        T run() throws E, InterruptedException;
    }

    /** Asks the work of a thread to stop at its next look; where it waits, it looks now. */
    public static synchronized void send(Thread thread) {
        ASKED.add(thread);
        if (WAITING.contains(thread)) {
            thread.interrupt();
        }
    }

    /** Whether this thread is asked to stop. */
    public static boolean isPending() {
        return isPending(Thread.currentThread());
    }

    /** Whether a thread is asked to stop: for the threads that help it. */
    public static boolean isPending(Thread thread) {
        return thread.isInterrupted() || ASKED.contains(thread);
    }

    /** Forgets the wish, and says whether there was one. */
    public static synchronized boolean take() {
        Thread thread = Thread.currentThread();
        return !SHIELDED.contains(thread) && Thread.interrupted() | ASKED.remove(thread);
    }

    /** Does what had better not be left half done, such as keeping a state; a wish to stop is met afterwards. */
    public static void shielded(Runnable work) {
        Thread thread = Thread.currentThread();
        if (!SHIELDED.add(thread)) {
            work.run(); // within work that is shielded already
            return;
        }
        if (Thread.interrupted()) {
            ASKED.add(thread); // the flag itself would close the files that are written
        }
        try {
            work.run();
        } finally {
            SHIELDED.remove(thread);
        }
    }

    /**
     * Waits so that a wish to stop ends it.
     *
     * @throws CancellationException if the thread is asked to stop before or meanwhile; the wish is forgotten
     */
    public static <T, E extends Exception> T waiting(Wait<T, E> wait) throws E {
        enter();
        try {
            return wait.run();
        } catch (InterruptedException e) {
            leave();
            take();
            throw new CancellationException("interrupted");
        } finally {
            leave();
        }
    }

    /**
     * Lets time pass.
     *
     * @throws CancellationException if the thread is asked to stop before or meanwhile; the wish is forgotten
     */
    public static void pause(long millis) {
        waiting(() -> {
            Thread.sleep(millis);
            return null;
        });
    }

    private static synchronized void enter() {
        if (take()) {
            throw new CancellationException("interrupted");
        }
        WAITING.add(Thread.currentThread());
    }

    /** One that came as the waiting ended is met by the next look, and closes no file until then. */
    private static synchronized void leave() {
        Thread thread = Thread.currentThread();
        WAITING.remove(thread);
        if (Thread.interrupted()) {
            ASKED.add(thread);
        }
    }
}
