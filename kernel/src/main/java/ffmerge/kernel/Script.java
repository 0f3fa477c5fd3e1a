package ffmerge.kernel;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.dflib.jjava.jupyter.messages.Header;
import org.dflib.jjava.jupyter.messages.Message;
import org.dflib.jjava.jupyter.messages.MessageType;
import org.dflib.jjava.jupyter.messages.publish.PublishError;
import org.dflib.jjava.jupyter.messages.publish.PublishExecuteResult;
import org.dflib.jjava.jupyter.messages.publish.PublishStream;
import org.dflib.jjava.jupyter.messages.publish.PublishStream.StreamType;
import org.dflib.jjava.jupyter.messages.request.ExecuteRequest;

/**
 * A file that is run as a cell, without a notebook. What it prints and its results go to the terminal's output; how long its
 * work took, and what went wrong, beside it.
 */
final class Script extends ShellReplyEnvironment {
    private static final MIMEType RESULT = MIMEType.parse("application/vnd.ffmerge+json");
    private static final String COLOURS = "\u001b\\[[0-9;]*m";

    /** A text that may still be replaced by a later one. */
    private record Shown(boolean isResult, String text) {}

    private final PrintStream out;
    private final PrintStream err;
    /** By the display's name. */
    private final Map<String, Shown> growing = new LinkedHashMap<>();

    private boolean failed;

    private Script(Message<?> request, PrintStream out, PrintStream err) {
        super(null, null, null, request);
        this.out = out;
        this.err = err;
    }

    /** @return whether it ran to its end */
    static boolean run(FfmergeKernel kernel, String code, PrintStream out, PrintStream err) {
        Header<ExecuteRequest> header = new Header<>(UUID.randomUUID().toString(), MessageType.EXECUTE_REQUEST);
        Message<ExecuteRequest> request =
                new Message<>(header, new ExecuteRequest(code, false, true, Map.of(), false, true));
        Script script = new Script(request, out, err);
        kernel.handleExecuteRequest(script, request);
        script.resolveDeferrals();
        script.settle();
        return !script.failed;
    }

    /** Nobody waits for replies and states. */
    @Override
    public ShellReplyEnvironment defer() {
        return this;
    }

    @Override
    public void reply(Message<?> message) {}

    @Override
    public synchronized void publish(Message<?> message) {
        Object content = message.getContent();
        if (content instanceof DisplayData data) {
            show(data);
        } else if (content instanceof PublishStream text) {
            settle();
            (text.getStreamType() == StreamType.OUT ? out : err).print(text.getText());
        } else if (content instanceof PublishError error) {
            settle();
            failed = true;
            err.println(String.join("\n", error.getStacktrace()).replaceAll(COLOURS, ""));
        }
    }

    private void show(DisplayData data) {
        Object text = data.getData(MIMEType.TEXT_PLAIN);
        if (text == null || text.toString().isBlank()) {
            return; // a picture's companion
        }
        boolean isResult = data.hasDataForType(RESULT) || data instanceof PublishExecuteResult;
        Shown shown = new Shown(isResult, text.toString());
        String name = data.hasDisplayId() ? data.getDisplayId() : "";
        if (name.isEmpty()) {
            settle();
            print(shown);
        } else {
            growing.put(name, shown);
        }
    }

    /** Prints what won't be replaced any more, as other output comes. */
    private synchronized void settle() {
        growing.values().forEach(this::print);
        growing.clear();
    }

    private void print(Shown shown) {
        (shown.isResult ? out : err).println(shown.text);
    }
}
