package ffmerge.kernel;

import java.util.ArrayList;
import java.util.List;
import org.dflib.jjava.jupyter.channels.JupyterConnection;
import org.dflib.jjava.jupyter.channels.ShellChannel;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.messages.Message;
import org.dflib.jjava.jupyter.messages.MessageType;

/**
 * The cells that were sent behind one that failed, and are not to be run. Which those are cannot be told by the times in
 * their headers, as a browser's clock may be wrong; but what arrives before the failure's reply is sent, was sent in
 * ignorance of it.
 */
final class QueuedCells {
    /** How long no request must arrive until none is taken to be on its way. */
    private static final long QUIET_MILLIS = 30;

    private final JupyterConnection connection;
    private final ShellChannel shell;
    private final List<Message<?>> requests = new ArrayList<>();

    /**
     * @param env that of the cell that failed; its reply is not sent yet
     * @param known those that were read while it ran
     */
    QueuedCells(JupyterConnection connection, ShellReplyEnvironment env, List<Message<?>> known) {
        this.connection = connection;
        this.requests.addAll(known);
        this.shell = (ShellChannel) env.getShell();
    }

    /** Takes all requests that have arrived. */
    QueuedCells take() throws InterruptedException {
        long quietSince = System.nanoTime();
        while (System.nanoTime() - quietSince < QUIET_MILLIS * 1_000_000) {
            if (Requests.isThere(shell)) {
                requests.add(shell.readMessage());
                quietSince = System.nanoTime();
            } else {
                Thread.sleep(5);
            }
        }
        return this;
    }

    /** Answers them: cells are aborted, all else is done. */
    void answer() {
        for (Message<?> request : requests) {
            if (request.getHeader().getType() != MessageType.EXECUTE_REQUEST) {
                Requests.answer(connection, shell, request);
                continue;
            }
            ShellReplyEnvironment env = connection.prepareReplyEnv(shell, request);
            env.setBusyDeferIdle();
            Reply.aborted(env);
            env.resolveDeferrals();
        }
    }
}
