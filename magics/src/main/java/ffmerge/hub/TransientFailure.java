package ffmerge.hub;

import java.io.IOException;
import java.time.Duration;

/** An answer that may be another one soon: too many requests, or a server in trouble. */
final class TransientFailure extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient Duration wait;

    /** @param wait how long the server asks to wait, or null */
    TransientFailure(int status, Duration wait) {
        super("it answers " + status + (status == 429 ? ", too many requests" : ""));
        this.wait = wait;
    }

    Duration waitAsked() {
        return wait;
    }
}
