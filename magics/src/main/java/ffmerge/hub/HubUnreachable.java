package ffmerge.hub;

/** The hub gave no answer, or none that is of use. */
public final class HubUnreachable extends Unavailable {
    private static final long serialVersionUID = 1L;

    HubUnreachable(String message, Throwable cause) {
        super(message, cause);
    }
}
