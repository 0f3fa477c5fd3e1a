package ffmerge.kernel;

import java.util.LinkedHashMap;
import java.util.Map;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.messages.Message;
import org.dflib.jjava.jupyter.messages.MessageType;

/** Replies with the {@code status} that the protocol asks for and JJava's own leave out. */
final class Reply {
    private Reply() {}

    static void ok(ShellReplyEnvironment env, MessageType<?> type, Map<String, ?> fields) {
        send(env, type, "ok", fields);
    }

    /** For a cell that was not run, as one before it failed. */
    static void aborted(ShellReplyEnvironment env) {
        send(env, MessageType.EXECUTE_REPLY, "aborted", Map.of());
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // a reply's content may be any object; JJava's types know only its own
    private static void send(ShellReplyEnvironment env, MessageType<?> type, String status, Map<String, ?> fields) {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("status", status);
        content.putAll(fields);
        env.reply(new Message(env.getContext(), type, content));
    }
}
