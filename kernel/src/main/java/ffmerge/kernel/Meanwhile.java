package ffmerge.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.dflib.jjava.jupyter.channels.JupyterConnection;
import org.dflib.jjava.jupyter.channels.ShellChannel;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.messages.Message;
import org.dflib.jjava.jupyter.messages.MessageType;
import org.dflib.jjava.jupyter.messages.publish.PublishStatus;

/**
 * Answers what is asked while a cell runs: completion, help, sliders, and what else needs no cell. JJava reads no request before
 * the cell has ended, and its thread touches the socket only for the cell's reply; until then the requests are read here.
 * All else that is sent waits for the cell's end.
 */
final class Meanwhile implements AutoCloseable {
    private static final long BETWEEN_MILLIS = 20;
    /** A cell that ends soon is waited for: then answers come in the order of their questions. */
    private static final long SOON_NANOS = 1_000_000_000;

    private static final Set<MessageType<?>> ANSWERED = Set.of(
            MessageType.COMPLETE_REQUEST,
            MessageType.INSPECT_REQUEST,
            MessageType.IS_COMPLETE_REQUEST,
            MessageType.HISTORY_REQUEST,
            MessageType.KERNEL_INFO_REQUEST,
            MessageType.COMM_INFO_REQUEST);

    private final JupyterConnection connection;
    private final ShellReplyEnvironment running;
    private final ShellChannel shell;
    private final Predicate<Message<?>> more;
    private final List<Message<?>> waiting = new ArrayList<>();
    private final Thread thread = new Thread(this::answer, "requests meanwhile");
    private final CountDownLatch ended = new CountDownLatch(1);

    /**
     * @param running of the cell that is run
     * @param more what else is answered: what our own widgets are told
     */
    Meanwhile(JupyterConnection connection, ShellReplyEnvironment running, Predicate<Message<?>> more) {
        this.connection = connection;
        this.running = running;
        this.more = more;
        this.shell = (ShellChannel) running.getShell();
        thread.setDaemon(true);
        thread.start();
    }

    private void answer() {
        try {
            long begun = System.nanoTime();
            while (ended.getCount() > 0) {
                Message<?> request = System.nanoTime() - begun < SOON_NANOS ? null : next();
                if (request == null) {
                    ended.await(BETWEEN_MILLIS, TimeUnit.MILLISECONDS); // a short cell isn't held up by a sleep
                } else if (ANSWERED.contains(request.getHeader().getType()) || more.test(request)) {
                    Requests.answer(connection, shell, request);
                    running.publish(PublishStatus.BUSY); // the answer ended with "idle", which the kernel is not
                } else {
                    waiting.add(request);
                }
            }
        } catch (InterruptedException | RuntimeException e) {
            // the connection is closed
        }
    }

    private Message<?> next() {
        synchronized (shell) { // as sending is
            return Requests.isThere(shell) ? shell.readMessage() : null;
        }
    }

    /** Answers no more; gives what waits, in order. */
    List<Message<?>> end() {
        ended.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        List<Message<?>> all = List.copyOf(waiting);
        waiting.clear();
        return all;
    }

    @Override
    public void close() {
        end();
    }
}
