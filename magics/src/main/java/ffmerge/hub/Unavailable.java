package ffmerge.hub;

import ffmerge.UserError;

/** Something that is not in the cache and could not be had from the hub; what is in the cache may be of use instead. */
public class Unavailable extends UserError {
    private static final long serialVersionUID = 1L;

    Unavailable(String message, Throwable cause) {
        super(message, cause);
    }
}
