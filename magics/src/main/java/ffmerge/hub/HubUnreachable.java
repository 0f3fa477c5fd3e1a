package ffmerge.hub;

import ffmerge.UserError;

/** The hub gave no answer, or none that is of use. */
public final class HubUnreachable extends UserError {
    private static final long serialVersionUID = 1L;

    HubUnreachable(String message, Throwable cause) {
        super(message, cause);
    }
}
