package ffmerge;

import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.CancellationException;

/** Work that a user stopped; the message says in one line what was kept. */
public class Interrupted extends CancellationException {
    private static final long serialVersionUID = 1L;

    public Interrupted(String kept) {
        super(kept);
    }

    /**
     * Turns an interrupt that a channel met into the one that the work would have met next.
     *
     * @throws CancellationException if the error is a channel's word for an interrupt; the flag is cleared
     */
    public static void throwIfCause(Throwable error) {
        if (isCause(error)) {
            StopRequest.take();
            throw new CancellationException("interrupted");
        }
    }

    /** Whether an error came of an interrupt that closed a channel. */
    public static boolean isCause(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof ClosedByInterruptException) {
                return true;
            }
        }
        return false;
    }
}
