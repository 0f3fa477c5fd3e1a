package ffmerge.hub;

import ffmerge.UserError;

/** The repository is there, the file or revision isn't. */
final class NoSuchEntry extends UserError {
    private static final long serialVersionUID = 1L;

    NoSuchEntry(String message) {
        super(message);
    }
}
