package ffmerge.kernel;

import java.util.List;
import org.dflib.jjava.jupyter.messages.publish.PublishError;
import org.dflib.jjava.jupyter.messages.reply.ErrorReply;

/**
 * What a notebook shows for a cell that failed.
 *
 * @param name the exception's, without its package
 * @param message in one line
 * @param trace all that is shown, in lines
 */
record CellError(String name, String message, List<String> trace) {
    PublishError publication() {
        return new PublishError(name, message, trace);
    }

    ErrorReply reply(int cell) {
        ErrorReply reply = new ErrorReply(name, message, trace);
        reply.setExecutionCount(cell);
        return reply;
    }
}
