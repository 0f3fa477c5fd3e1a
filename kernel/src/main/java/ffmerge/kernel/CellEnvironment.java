package ffmerge.kernel;

import java.nio.charset.StandardCharsets;
import org.dflib.jjava.jupyter.channels.JupyterSocket;
import org.dflib.jjava.jupyter.channels.ShellChannel;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.channels.StdinChannel;
import org.dflib.jjava.jupyter.messages.Message;
import org.dflib.jjava.jupyter.messages.MessageContext;
import org.dflib.jjava.jupyter.messages.publish.PublishStream;
import org.dflib.jjava.jupyter.messages.publish.PublishStream.StreamType;

/** Answers to a request, between which what it prints keeps its place. */
final class CellEnvironment extends ShellReplyEnvironment {
    private final CellOutput output;

    CellEnvironment(ShellChannel shell, StdinChannel stdin, JupyterSocket iopub, MessageContext request) {
        super(shell, stdin, iopub, request);
        // past publish(), which another thread may just have told to wait
        output = new CellOutput(text -> iopub.sendMessage(new Message<>(request, PublishStream.MESSAGE_TYPE, text)));
    }

    /** Where text is added that a request prints. */
    static CellOutput outputOf(ShellReplyEnvironment env) {
        return env instanceof CellEnvironment cell ? cell.output : new CellOutput(env::publish);
    }

    @Override
    public void writeToStdOut(String text) {
        write(StreamType.OUT, text);
    }

    @Override
    public void writeToStdErr(String text) {
        write(StreamType.ERR, text);
    }

    private void write(StreamType stream, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        output.write(stream, bytes, 0, bytes.length);
    }

    @Override
    public void publish(Message<?> message) {
        output.flush();
        super.publish(message);
    }

    /** What was printed before is the question. */
    @Override
    public String readFromStdIn(String prompt, boolean isPassword) {
        output.flush();
        return super.readFromStdIn(prompt, isPassword);
    }
}
