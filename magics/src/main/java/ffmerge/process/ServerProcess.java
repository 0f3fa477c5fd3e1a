package ffmerge.tokenize;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import ai.djl.sentencepiece.SpTokenizer;
import ai.djl.util.Utils;
import com.sun.jna.Native;
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
 * A process that runs {@link TokenizerServer}, as seen from this side. One that nobody needs any more is kept for a while,
 * for whoever comes next.
 */
final class ServerProcess {
    /** What is asked, behind the byte of the request. */
    interface Question {
        void writeTo(DataOutputStream out) throws IOException;
    }

    /** What reads an answer, behind the byte that says that it is one. */
    interface Answer<T> {
        T read(DataInputStream in) throws IOException;
    }

    /** Why there is no answer; the process has been ended. */
    static final class NoAnswer extends Exception {
        private static final long serialVersionUID = 1L;

        /** @param why in words, as "takes too long", after the name of what was asked for */
        NoAnswer(String why, Throwable cause) {
            super(why, cause);
        }
    }

    static final Duration IDLE = Duration.ofSeconds(30);

    /** The one that nobody needs at present; null where there is none. */
    private static ServerProcess spare;

    private final Process process;
    private final DataInputStream in;
    private final DataOutputStream out;
    /** One thread, which waits for answers in the place of one that can be interrupted. */
    private final ExecutorService waiting = Executors.newSingleThreadExecutor(ServerProcess::daemon);

    private ServerProcess(Process process) {
        this.process = process;
        in = new DataInputStream(new BufferedInputStream(process.getInputStream()));
        out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "tokenizer process");
        thread.setDaemon(true);
        return thread;
    }

    /** One that has no tokenizers yet. */
    static ServerProcess take() {
        synchronized (ServerProcess.class) {
            ServerProcess taken = spare;
            spare = null;
            if (taken != null && taken.isAlive()) {
                return taken;
            }
        }
        try {
            Process process = new ProcessBuilder(command())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .directory(new File(System.getProperty("java.io.tmpdir")))
                    .start();
            killFirst(process);
            return new ServerProcess(process);
        } catch (IOException e) {
            throw UserError.cannot("start a process for the tokenizer", e);
        }
    }

    /** With a class path of its own: a notebook's classes may come from anywhere. */
    private static List<String> command() {
        // DJL asks by JNA for a GPU, whatever is asked of it
        String classPath = Stream.of(
                        TokenizerServer.class,
                        TokenizersLibrary.class,
                        SpTokenizer.class,
                        Utils.class,
                        Logger.class,
                        Native.class)
                .map(ServerProcess::place)
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xshare:auto"));
        command.addAll(List.of("-XX:-CreateCoredumpOnCrash", "-XX:+SuppressFatalErrorMessage"));
        command.add("-DRUST_FLAVOR=cpu"); // tokenizers have no use for a GPU
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

    boolean isAlive() {
        return !waiting.isShutdown() && process.isAlive();
    }

    /**
     * Asks, and ends the process if it refuses, breaks down, takes too long, or the thread is interrupted.
     *
     * @throws CancellationException if the thread is interrupted
     */
    <T> T ask(byte request, Question question, Answer<T> answer, Duration limit) throws NoAnswer {
        Future<T> answered = waiting.submit(() -> exchange(request, question, answer));
        boolean sound = false;
        try {
            T given = answered.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            sound = true;
            return given;
        } catch (InterruptedException e) {
            throw new CancellationException("interrupted");
        } catch (TimeoutException e) {
            throw new NoAnswer("takes the tokenizer library more than " + limit.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof NoAnswer refused) {
                throw refused;
            }
            throw new NoAnswer("makes the tokenizer library break down", e.getCause());
        } finally {
            if (!sound) {
                end();
            }
        }
    }

    private <T> T exchange(byte request, Question question, Answer<T> answer) throws IOException, NoAnswer {
        out.writeByte(request);
        question.writeTo(out);
        out.flush();
        if (in.readByte() == TokenizerServer.REFUSED) {
            throw new NoAnswer("can't be used by the tokenizer library", null);
        }
        return answer.read(in);
    }

    /** Gives the process back, without its tokenizers. */
    void release() {
        try {
            ask(TokenizerServer.FORGET, to -> {}, from -> null, IDLE);
        } catch (NoAnswer | CancellationException e) {
            return; // it has been ended
        }
        synchronized (ServerProcess.class) {
            if (spare != null) {
                spare.end();
            }
            spare = this;
        }
        CompletableFuture.delayedExecutor(IDLE.toMillis(), TimeUnit.MILLISECONDS)
                .execute(this::endIfSpare);
    }

    private void endIfSpare() {
        synchronized (ServerProcess.class) {
            if (spare == this) {
                spare = null;
                end();
            }
        }
    }

    void end() {
        process.destroyForcibly();
        waiting.shutdown();
    }
}
