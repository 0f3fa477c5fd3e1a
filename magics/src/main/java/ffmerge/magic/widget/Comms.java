package ffmerge.magic.widget;

import java.util.Map;
import java.util.function.Consumer;

/**
 * A kernel that talks with objects of the front end by Jupyter's comms. JJava's extension API has them too, but with types
 * whose names are others in the kernel's own jar; so the kernel that has them says so by being one of these.
 */
public interface Comms {
    /** One that is open. What is sent is anything that JSON holds: maps, lists, texts, numbers. */
    interface Channel {
        String id();

        void send(Map<String, ?> data);
    }

    /**
     * Opens one, in the name of the cell that runs.
     *
     * @param received is told of each message of the front end, on the thread that reads requests; numbers are doubles
     */
    Channel open(String target, Map<String, ?> data, Map<String, ?> metadata, Consumer<Map<String, Object>> received);
}
