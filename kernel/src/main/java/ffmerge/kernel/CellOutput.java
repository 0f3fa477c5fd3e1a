package ffmerge.kernel;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.dflib.jjava.jupyter.messages.publish.PublishStream;
import org.dflib.jjava.jupyter.messages.publish.PublishStream.StreamType;

/**
 * What a cell prints, in few messages: a message a line would take a browser longer than most cells do, and Jupyter's
 * server holds back what comes too fast.
 */
final class CellOutput {
    /** How long a text may wait for more; less than an eye notices. */
    private static final long WAIT_MILLIS = 40;

    private static final int MESSAGE_BYTES = 1 << 16;
    /** A byte of UTF-8 that goes on with a character: 10xxxxxx. */
    private static final int CONTINUES = 0x80;

    private static final int CONTINUES_MASK = 0xC0;
    private static final int LONGEST_CHARACTER = 4;

    private static final ScheduledExecutorService LATER = later();

    private final Consumer<PublishStream> message;
    private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
    private StreamType stream = StreamType.OUT;
    private boolean scheduled;

    /** @param message sends a message that belongs to the cell, from any thread and also after the cell's end */
    CellOutput(Consumer<PublishStream> message) {
        this.message = message;
    }

    private static ScheduledExecutorService later() {
        return new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "output of cells");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Adds text in UTF-8, of which a character may come in parts. */
    synchronized void write(StreamType to, byte[] bytes, int from, int length) {
        if (to != stream) {
            flush(); // in the order in which it was printed
            stream = to;
        }
        waiting.write(bytes, from, length);
        if (waiting.size() >= MESSAGE_BYTES) {
            sendCharacters();
        } else if (!scheduled) {
            scheduled = true;
            LATER.schedule(this::sendWaiting, WAIT_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private synchronized void sendWaiting() {
        scheduled = false;
        sendCharacters();
    }

    /** Leaves what may be a character's beginning. */
    private void sendCharacters() {
        byte[] bytes = waiting.toByteArray();
        int whole = wholeCharacters(bytes);
        waiting.reset();
        send(bytes, whole);
        waiting.write(bytes, whole, bytes.length - whole);
    }

    private static int wholeCharacters(byte[] bytes) {
        int start = bytes.length - 1;
        int earliest = Math.max(0, bytes.length - LONGEST_CHARACTER);
        while (start > earliest && (bytes[start] & CONTINUES_MASK) == CONTINUES) {
            start--;
        }
        if (start < 0 || bytes[start] >= 0) {
            return bytes.length; // ASCII
        }
        int length = Integer.numberOfLeadingZeros(~(bytes[start] << 24)); // as many bytes as ones that it begins with
        return start + length > bytes.length ? start : bytes.length;
    }

    /** Sends all that was printed so far. */
    synchronized void flush() {
        byte[] bytes = waiting.toByteArray();
        waiting.reset();
        send(bytes, bytes.length);
    }

    private void send(byte[] bytes, int length) {
        if (length > 0) {
            message.accept(new PublishStream(stream, new String(bytes, 0, length, StandardCharsets.UTF_8)));
        }
    }
}
