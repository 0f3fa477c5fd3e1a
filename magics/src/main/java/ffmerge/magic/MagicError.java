package ffmerge.magic;

/**
 * What a user's mistake or an interrupt looks like in a notebook: one line, no stack trace. An {@link Error}, as the
 * stock kernel wraps exceptions in several others before it shows them.
 */
public final class MagicError extends Error {
    private static final long serialVersionUID = 1L;

    MagicError(String line) {
        super(line, null, false, false);
    }
}
