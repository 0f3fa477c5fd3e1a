package ffmerge.kernel;

import java.lang.reflect.Field;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import org.dflib.jjava.jupyter.channels.JupyterConnection;
import org.dflib.jjava.jupyter.channels.ShellChannel;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.kernel.KernelConnectionProperties;
import org.dflib.jjava.jupyter.messages.MessageContext;

/** JJava's connection, whose requests print by {@link CellEnvironment} and are looked for more often. */
final class CellConnection extends JupyterConnection {
    /** Milliseconds between looks for a request. JJava's own 50 are most of what a short cell takes. */
    private static final long LOOK_EVERY = 5;

    CellConnection(KernelConnectionProperties properties) throws NoSuchAlgorithmException, InvalidKeyException {
        super(properties);
        lookOften(shell);
    }

    /** JJava takes the interval from its own constructor, which makes the channel: only its field can be changed. */
    private static void lookOften(ShellChannel channel) {
        try {
            Field sleep = ShellChannel.class.getDeclaredField("sleep");
            sleep.setAccessible(true);
            sleep.setLong(channel, LOOK_EVERY);
        } catch (ReflectiveOperationException | RuntimeException e) {
            // another JJava: it is as fast as it makes itself
        }
    }

    @Override
    public ShellReplyEnvironment prepareReplyEnv(ShellChannel shell, MessageContext request) {
        return new CellEnvironment(shell, stdin, iopub, request);
    }
}
