package ffmerge.kernel;

import org.dflib.jjava.jupyter.channels.JupyterConnection;
import org.dflib.jjava.jupyter.channels.ShellChannel;
import org.dflib.jjava.jupyter.channels.ShellHandler;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.messages.Message;

/** Requests that are read and answered elsewhere than in JJava's own loop. */
final class Requests {
    private static final int READABLE = 1; // ZeroMQ's event; its Java class is hidden inside JJava's jar

    private Requests() {}

    /** Whether one can be read. */
    static boolean isThere(ShellChannel shell) {
        return (shell.getEvents() & READABLE) != 0;
    }

    /** Answers by the handler of its kind. */
    static void answer(JupyterConnection connection, ShellChannel shell, Message<?> request) {
        ShellReplyEnvironment env = connection.prepareReplyEnv(shell, request);
        try {
            handle(connection, env, request);
        } finally {
            env.resolveDeferrals();
        }
    }

    private static <T> void handle(JupyterConnection connection, ShellReplyEnvironment env, Message<T> request) {
        ShellHandler<T> handler = connection.getHandler(request.getHeader().getType());
        if (handler != null) {
            handler.handle(env, request);
        }
    }
}
