package ffmerge.tokenize;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import ai.djl.sentencepiece.SpTokenizer;
import ai.djl.util.Utils;
import com.sun.jna.Native;
import ffmerge.UserError;
import ffmerge.process.ServerProcess;
import ffmerge.process.Wire;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * Tokenizers in a process of their own, which is started when one of them is first asked, given back after a while without a
 * question, and had anew by the next.
 */
final class TokenizerProcess implements AutoCloseable {
    /** A tokenizer that the process opens. */
    record Opening(byte request, byte[] content, Path file) {}

    /** What to do where a tokenizer has broken down. */
    private static final String REMEDY =
            "; its file is damaged, or made for something else: take it from the model's source anew";

    /** DJL asks by JNA for a GPU, whatever is asked of it. */
    private static final ServerProcess.Kind KIND = new ServerProcess.Kind(
            "the tokenizer library",
            TokenizerServer.class,
            List.of(TokenizersLibrary.class, SpTokenizer.class, Utils.class, Logger.class, Native.class),
            options());

    private static final Duration LONGEST_OPENING = Duration.ofSeconds(30);
    /** For any question; a long text gets more. */
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(30);

    private static final Duration LONGEST_MEGABYTE = Duration.ofSeconds(60);

    private final List<Opening> openings;
    /** Null where there is none at present. */
    private ServerProcess server;

    private long lastAsked;

    TokenizerProcess(List<Opening> openings) {
        this.openings = List.copyOf(openings);
    }

    private static List<String> options() {
        List<String> options = new ArrayList<>(List.of("-DRUST_FLAVOR=cpu")); // tokenizers have no use for a GPU
        for (String property : List.of("DJL_CACHE_DIR", "ENGINE_CACHE_DIR", "ai.djl.offline")) {
            if (System.getProperty(property) != null) {
                options.add("-D" + property + "=" + System.getProperty(property));
            }
        }
        return options;
    }

    /**
     * Asks one of the tokenizers.
     *
     * @param tokenizer its number
     * @param size how long the text is, about
     * @throws UserError if the library refuses, breaks down or doesn't come back
     * @throws CancellationException if the thread is interrupted
     */
    synchronized <T> T ask(
            byte request, int tokenizer, long size, ServerProcess.Question question, ServerProcess.Answer<T> answer) {
        start();
        lastAsked = System.nanoTime();
        Duration limit = LONGEST_ANSWER.plus(LONGEST_MEGABYTE.multipliedBy(size >> 20));
        return ask(request, openings.get(tokenizer).file(), question, answer, limit);
    }

    private <T> T ask(
            byte request, Path file, ServerProcess.Question question, ServerProcess.Answer<T> answer, Duration limit) {
        try {
            return server.ask(request, question, answer, limit);
        } catch (ServerProcess.NoAnswer e) {
            throw new UserError(file + " " + e.getMessage() + REMEDY, e);
        } catch (ServerProcess.Refused e) {
            server.end(); // what it has opened doesn't fit what is expected of it any more
            throw new UserError(file + " can't be used by the tokenizer library" + REMEDY, e);
        }
    }

    /** Opens the tokenizers, if they aren't open. */
    synchronized void start() {
        if (server != null && server.isAlive()) {
            return;
        }
        server = ServerProcess.take(KIND);
        for (Opening opening : openings) {
            ServerProcess.Question content = out -> Wire.writeBytes(opening.content(), out);
            ask(opening.request(), opening.file(), content, in -> null, LONGEST_OPENING);
        }
        lastAsked = System.nanoTime();
        closeWhenIdle(server);
    }

    private void closeWhenIdle(ServerProcess watched) {
        CompletableFuture.delayedExecutor(ServerProcess.IDLE.toMillis(), TimeUnit.MILLISECONDS)
                .execute(() -> closeIfIdle(watched));
    }

    private synchronized void closeIfIdle(ServerProcess watched) {
        if (server != watched) {
            return;
        }
        if (System.nanoTime() - lastAsked >= ServerProcess.IDLE.toNanos()) {
            close();
        } else {
            closeWhenIdle(watched);
        }
    }

    /** Gives the process back; the next question takes another. */
    @Override
    public synchronized void close() {
        if (server != null && server.isAlive()) {
            server.release();
        }
        server = null;
    }
}
