package ffmerge.hub;

import ffmerge.StopRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The body of an answer, pulled piece by piece, so that memory is bounded, an interrupt ends it, and a server that falls
 * silent is noticed; the HTTP client's own stream waits for ever.
 */
final class BodyStream implements Flow.Subscriber<List<ByteBuffer>>, AutoCloseable {
    /** What stands at the end of the queue. */
    private record End(Throwable error) {}

    private final BlockingQueue<Object> queue = new LinkedBlockingQueue<>();
    private final Deque<ByteBuffer> ready = new ArrayDeque<>();
    private final Duration patience;
    private volatile Flow.Subscription subscription;
    private boolean ended;

    /** @param patience how long nothing may come */
    BodyStream(Duration patience) {
        this.patience = patience;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        this.subscription = subscription;
        subscription.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> pieces) {
        queue.add(pieces);
    }

    @Override
    public void onError(Throwable error) {
        queue.add(new End(error));
    }

    @Override
    public void onComplete() {
        queue.add(new End(null));
    }

    /**
     * The next piece; null at the end.
     *
     * @throws IOException if the connection broke or fell silent
     * @throws CancellationException if the thread was interrupted
     */
    ByteBuffer next() throws IOException {
        while (ready.isEmpty() && !ended) {
            Object arrived = poll();
            if (arrived == null) {
                throw new IOException("nothing came for " + patience.toSeconds() + " s");
            }
            if (arrived instanceof End end) {
                ended = true;
                if (end.error() != null) {
                    throw new IOException("the connection broke off", end.error());
                }
            } else {
                for (Object piece : (List<?>) arrived) {
                    ready.add((ByteBuffer) piece);
                }
                subscription.request(1);
            }
        }
        return ready.poll();
    }

    private Object poll() {
        return StopRequest.waiting(() -> queue.poll(patience.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** @throws IOException also if there is more than that */
    byte[] all(int most) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (ByteBuffer piece = next(); piece != null; piece = next()) {
            if (piece.remaining() > most - all.size()) {
                throw new IOException("the answer has more than " + most + " bytes");
            }
            byte[] bytes = new byte[piece.remaining()];
            piece.get(bytes);
            all.writeBytes(bytes);
        }
        return all.toByteArray();
    }

    @Override
    public void close() {
        Flow.Subscription known = subscription;
        if (known != null) {
            known.cancel();
        }
    }
}
