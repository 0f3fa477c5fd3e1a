package ffmerge.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.messages.Header;
import org.dflib.jjava.jupyter.messages.Message;
import org.dflib.jjava.jupyter.messages.MessageType;
import org.dflib.jjava.jupyter.messages.request.ExecuteRequest;

/** A request whose answers are kept instead of sent: a notebook without sockets. */
final class RecordedCell extends ShellReplyEnvironment {
    private final List<Object> published = new ArrayList<>();
    private Object reply;
    private boolean deferNext;

    private RecordedCell(Message<?> request) {
        super(null, null, null, request);
    }

    /** Runs a cell to its end. */
    static RecordedCell run(FfmergeKernel kernel, String code) {
        Header<ExecuteRequest> header = new Header<>(UUID.randomUUID().toString(), MessageType.EXECUTE_REQUEST);
        Message<ExecuteRequest> request =
                new Message<>(header, new ExecuteRequest(code, false, true, Map.of(), false, true));
        RecordedCell cell = new RecordedCell(request);
        kernel.handleExecuteRequest(cell, request);
        cell.resolveDeferrals();
        return cell;
    }

    @Override
    public ShellReplyEnvironment defer() {
        deferNext = true;
        return this;
    }

    @Override
    public void publish(Message<?> message) {
        nowOrLater(() -> published.add(message.getContent()));
    }

    @Override
    public void reply(Message<?> message) {
        nowOrLater(() -> reply = message.getContent());
    }

    private synchronized void nowOrLater(Runnable answer) {
        if (deferNext) {
            defer(answer);
        } else {
            answer.run();
        }
        deferNext = false;
    }

    Object reply() {
        return reply;
    }

    /** What was published of this type, in order. */
    synchronized <T> List<T> published(Class<T> type) {
        return published.stream().filter(type::isInstance).map(type::cast).toList();
    }
}
