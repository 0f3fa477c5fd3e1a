package ffmerge.kernel;

import ffmerge.magic.widget.Comms;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.dflib.jjava.jupyter.channels.ReplyEnvironment;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.kernel.comm.Comm;
import org.dflib.jjava.jupyter.kernel.comm.CommManager;
import org.dflib.jjava.jupyter.messages.Message;
import org.dflib.jjava.jupyter.messages.MessageContext;
import org.dflib.jjava.jupyter.messages.MessageType;
import org.dflib.jjava.jupyter.messages.comm.CommCloseCommand;
import org.dflib.jjava.jupyter.messages.comm.CommMsgCommand;
import org.dflib.jjava.jupyter.messages.request.CommInfoRequest;
import org.dflib.jjava.shaded.com.google.gson.Gson;
import org.dflib.jjava.shaded.com.google.gson.JsonObject;

/** JJava's comms for our own widgets, in maps and lists instead of the JSON classes that are hidden in JJava's jar. */
final class CellComms extends CommManager implements Comms {
    private static final Gson JSON = new Gson();

    /** The message that a thread is just answering; others speak for the cell that runs. */
    private final ThreadLocal<Message<?>> answered = new ThreadLocal<>();

    CellComms() {
        comms = new ConcurrentHashMap<>(); // a cell may open one while what is asked meanwhile is answered
    }

    @Override
    public Comms.Channel open(
            String target, Map<String, ?> data, Map<String, ?> metadata, Consumer<Map<String, Object>> received) {
        return openComm(target, (manager, id, name, message) -> {
            // the message is sent when this is done
            json(data)
                    .entrySet()
                    .forEach(field -> message.getContent().getData().add(field.getKey(), field.getValue()));
            message.getNonNullMetadata().putAll(metadata);
            return new Open(this, id, name, received);
        });
    }

    /** Whether it is for one of these, whose work is safe beside a cell's. */
    boolean isForOurs(Message<?> message) {
        return message.getContent() instanceof CommMsgCommand command
                && getCommByID(command.getCommID()) instanceof Open;
    }

    @Override
    public void handleCommInfoRequest(ReplyEnvironment env, Message<CommInfoRequest> message) {
        env.setBusyDeferIdle();
        String target = message.getContent().getTargetName();
        Map<String, Map<String, String>> known = new LinkedHashMap<>();
        for (Comm comm : this) {
            if (target == null || target.equals(comm.getTargetName())) {
                known.put(comm.getID(), Map.of("target_name", comm.getTargetName()));
            }
        }
        Reply.ok((ShellReplyEnvironment) env, MessageType.COMM_INFO_REPLY, Map.of("comms", known));
    }

    private void send(String id, JsonObject data) {
        MessageContext request = answered.get() == null ? context : answered.get();
        iopub.sendMessage(new Message<>(request, CommMsgCommand.MESSAGE_TYPE, new CommMsgCommand(id, data)));
    }

    private static JsonObject json(Map<String, ?> data) {
        return JSON.toJsonTree(data).getAsJsonObject();
    }

    private static final class Open extends Comm implements Comms.Channel {
        private final CellComms all;
        private final Consumer<Map<String, Object>> received;

        Open(CellComms all, String id, String target, Consumer<Map<String, Object>> received) {
            super(all, id, target);
            this.all = all;
            this.received = received;
        }

        @Override
        public String id() {
            return getID();
        }

        @Override
        public void send(Map<String, ?> data) {
            all.send(getID(), json(data));
        }

        @Override
        @SuppressWarnings("unchecked") // an object's keys are texts
        protected void onMessage(Message<CommMsgCommand> message) {
            all.answered.set(message);
            try {
                received.accept(JSON.fromJson(message.getContent().getData(), Map.class));
            } catch (RuntimeException | Error e) { // the thread must live on: it reads all requests
                e.printStackTrace();
            } finally {
                all.answered.remove();
            }
        }

        @Override
        protected void onClose(Message<CommCloseCommand> message, boolean isSent) {}
    }
}
