package ffmerge;

import java.util.concurrent.CancellationException;

/** Work that a user stopped; the message says in one line what was kept. */
public class Interrupted extends CancellationException {
    private static final long serialVersionUID = 1L;

    public Interrupted(String kept) {
        super(kept);
    }
}
