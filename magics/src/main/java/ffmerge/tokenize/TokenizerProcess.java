package ffmerge.tokenize;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import ai.djl.sentencepiece.SpTokenizer;
import ai.djl.util.Utils;
import ffmerge.UserError;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;

/**
 * Tokenizers in a process of their own, which ends or is ended where one of them breaks down or never comes back. It is
 * started when it is first asked, ended after a while without a question, and started anew by the next.
 */
final class TokenizerProcess implements AutoCloseable {
    /** A tokenizer that the process opens as it starts. */
    record Opening(byte request, byte[] content, Path file) {}

    /** What is asked, behind the byte of the request. */
    interface Question {
        void writeTo(DataOutputStream out) throws IOException;
    }

    /** What reads an answer, behind the byte that says that it is one. */
    interface Answer<T> {
        T read(DataInputStream in) throws IOException;
    }

    /** What to do where a tokenizer has broken down. */
    private static final String REMEDY =
            "; its file is damaged, or made for something else: take it from the model's source anew";

    private static final Duration IDLE = Duration.ofSeconds(30);
    private static final Duration LONGEST_OPENING = Duration.ofSeconds(30);
    /** For any question; a long text gets more. */
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(30);

    private static final Duration LONGEST_MEGABYTE = Duration.ofSeconds(60);

    private final List<Opening> openings;
    private Process process;
    /** One thread, which waits for answers in the place of one that can be interrupted. */
    private ExecutorService waiting;

    private DataInputStream in;
    private DataOutputStream out;
    private long lastAsked;

    TokenizerProcess(List<Opening> openings) {
        this.openings = List.copyOf(openings);
    }

    /**
     * Asks one of the tokenizers.
     *
     * @param tokenizer its number
     * @param bytes about how many bytes the question has, or rather what is to be done with them
     * @throws UserError if the library refuses, breaks down or doesn't come back
     * @throws CancellationException if the thread is interrupted; the process is ended then
     */
    synchronized <T> T ask(byte request, int tokenizer, long bytes, Question question, Answer<T> answer) {
        start();
        lastAsked = System.nanoTime();
        Path file = openings.get(tokenizer).file();
        return within(
                LONGEST_ANSWER.plus(LONGEST_MEGABYTE.multipliedBy(bytes >> 20)),
                file,
                () -> exchange(request, question, answer, file));
    }

    /** Starts the process, if it isn't there, and opens the tokenizers; if it can't, it is as if it were never asked. */
    synchronized void start() {
        if (process != null && process.isAlive()) {
            return;
        }
        try {
            process = new ProcessBuilder(command())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .directory(new File(System.getProperty("java.io.tmpdir")))
                    .start();
        } catch (IOException e) {
            throw UserError.cannot("start a process for the tokenizer", e);
        }
        killFirst(process);
        waiting = Executors.newSingleThreadExecutor(TokenizerProcess::daemon);
        in = new DataInputStream(new BufferedInputStream(process.getInputStream()));
        out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
        for (Opening opening : openings) {
            Question content = to -> Wire.writeBytes(opening.content(), to);
            within(
                    LONGEST_OPENING,
                    opening.file(),
                    () -> exchange(opening.request(), content, from -> null, opening.file()));
        }
        lastAsked = System.nanoTime();
        closeWhenIdle(process);
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "tokenizer process");
        thread.setDaemon(true);
        return thread;
    }

    /** Lays the virtual machine's own class path aside: a notebook's classes may come from anywhere. */
    private static List<String> command() {
        String classPath = Stream.of(
                        TokenizerServer.class, TokenizersLibrary.class, SpTokenizer.class, Utils.class, Logger.class)
                .map(TokenizerProcess::place)
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xshare:auto"));
        command.addAll(List.of("-XX:-CreateCoredumpOnCrash", "-XX:+SuppressFatalErrorMessage"));
        for (String property : List.of("DJL_CACHE_DIR", "ENGINE_CACHE_DIR", "ai.djl.offline")) {
            if (System.getProperty(property) != null) {
                command.add("-D" + property + "=" + System.getProperty(property));
            }
        }
        command.addAll(List.of("-cp", classPath, TokenizerServer.class.getName()));
        return command;
    }

    private static String place(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Where memory runs out, Linux is to end this process, not the one that it works for. */
    private static void killFirst(Process process) {
        try {
            Files.writeString(Path.of("/proc", String.valueOf(process.pid()), "oom_score_adj"), "1000");
        } catch (IOException e) {
            // no Linux, or no right to say so: then memory runs out for either
        }
    }

    /** An exchange of a question and its answer. */
    private interface Exchange<T> {
        T run() throws IOException;
    }

    private <T> T exchange(byte request, Question question, Answer<T> answer, Path file) throws IOException {
        out.writeByte(request);
        question.writeTo(out);
        out.flush();
        if (in.readByte() == TokenizerServer.REFUSED) {
            Wire.readText(in); // a library's words, which help nobody at a notebook
            throw new UserError(file + " can't be used by the tokenizer library" + REMEDY);
        }
        return answer.read(in);
    }

    /** Runs an exchange, and ends the process if it takes too long, breaks down, or is interrupted. */
    private <T> T within(Duration limit, Path file, Exchange<T> exchange) {
        Future<T> done = waiting.submit(exchange::run);
        boolean sound = false;
        try {
            T answer = done.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            sound = true;
            return answer;
        } catch (InterruptedException e) {
            throw new CancellationException("interrupted");
        } catch (TimeoutException e) {
            throw new UserError(
                    file + " takes the tokenizer library more than " + limit.toSeconds() + " s" + REMEDY, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UserError refused) {
                throw refused;
            }
            throw new UserError(file + " makes the tokenizer library break down" + REMEDY, e.getCause());
        } finally {
            if (!sound) {
                close();
            }
        }
    }

    private void closeWhenIdle(Process watched) {
        CompletableFuture.delayedExecutor(IDLE.toMillis(), TimeUnit.MILLISECONDS)
                .execute(() -> closeIfIdle(watched));
    }

    private synchronized void closeIfIdle(Process watched) {
        if (process != watched) {
            return;
        }
        if (System.nanoTime() - lastAsked >= IDLE.toNanos()) {
            close();
        } else {
            closeWhenIdle(watched);
        }
    }

    /** Ends the process; the next question starts another. */
    @Override
    public synchronized void close() {
        if (process != null) {
            process.destroyForcibly();
            process = null;
            waiting.shutdown();
        }
    }
}
