package ffmerge.tokenize;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import ai.djl.sentencepiece.SpTokenizer;
import ai.djl.util.Utils;
import com.sun.jna.Native;
import ffmerge.UserError;
import ffmerge.process.ServerProcess;
import ffmerge.process.Wire;
import java.io.DataInputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * The process in which all tokenizers run: one for all, as each process costs memory, and those of equal content are one in it.
 * It is started when a tokenizer is first asked, given back after a while without a question, and had anew by the next.
 */
final class TokenizerProcess {
    static final TokenizerProcess SHARED = new TokenizerProcess();

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

    /** By what the tokenizers hold: the number that each has in the process. */
    private final Map<String, Integer> open = new HashMap<>();
    /** Null where there is none at present. */
    private ServerProcess server;

    private long lastAsked;

    private TokenizerProcess() {}

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
     * Asks a tokenizer; what asks for it has its number before the question.
     *
     * @param size how long the text is, about
     * @throws UserError if the library refuses, breaks down or doesn't come back
     * @throws CancellationException if the thread is interrupted
     */
    synchronized <T> T ask(
            byte request,
            TokenizerContent tokenizer,
            long size,
            ServerProcess.Question question,
            ServerProcess.Answer<T> answer) {
        int number = open(tokenizer);
        Duration limit = LONGEST_ANSWER.plus(LONGEST_MEGABYTE.multipliedBy(size >> 20));
        ServerProcess.Question numbered = out -> {
            out.writeInt(number);
            question.writeTo(out);
        };
        return ask(request, tokenizer, numbered, answer, limit);
    }

    private <T> T ask(
            byte request,
            TokenizerContent tokenizer,
            ServerProcess.Question question,
            ServerProcess.Answer<T> answer,
            Duration limit) {
        lastAsked = System.nanoTime();
        try {
            return server.ask(request, question, answer, limit);
        } catch (ServerProcess.NoAnswer e) {
            throw new UserError(tokenizer.file() + " " + e.getMessage() + REMEDY, e);
        } catch (ServerProcess.Refused e) {
            server.end(); // nobody knows in what state the library is
            throw new UserError(tokenizer.file() + " can't be used by the tokenizer library" + REMEDY, e);
        }
    }

    /** Opens a tokenizer, if it isn't open, and gives its number. */
    synchronized int open(TokenizerContent tokenizer) {
        start();
        Integer known = open.get(tokenizer.digest());
        if (known != null) {
            return known;
        }
        ServerProcess.Question content = out -> Wire.writeBytes(tokenizer.content(), out);
        int number = ask(tokenizer.opening(), tokenizer, content, DataInputStream::readInt, LONGEST_OPENING);
        open.put(tokenizer.digest(), number);
        return number;
    }

    private void start() {
        if (server != null && server.isAlive()) {
            return;
        }
        open.clear();
        server = ServerProcess.take(KIND);
        lastAsked = System.nanoTime();
        giveBackWhenIdle(server);
    }

    private void giveBackWhenIdle(ServerProcess watched) {
        CompletableFuture.delayedExecutor(ServerProcess.IDLE.toMillis(), TimeUnit.MILLISECONDS)
                .execute(() -> giveBackIfIdle(watched));
    }

    private synchronized void giveBackIfIdle(ServerProcess watched) {
        if (server != watched) {
            return;
        }
        if (System.nanoTime() - lastAsked >= ServerProcess.IDLE.toNanos()) {
            giveBack();
        } else {
            giveBackWhenIdle(watched);
        }
    }

    /** The process has no use for a tokenizer any more; whoever holds an equal one opens it anew by the next question. */
    synchronized void close(TokenizerContent tokenizer) {
        if (open.remove(tokenizer.digest()) != null && open.isEmpty()) {
            giveBack(); // and with it what was closed before
        }
    }

    /** Ends the process, if there is one; what was open in it is opened anew by the next question. */
    synchronized void giveBack() {
        if (server != null && server.isAlive()) {
            server.release();
        }
        server = null;
        open.clear();
    }
}
