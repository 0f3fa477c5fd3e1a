package ffmerge.process;

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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

/**
 * A process that runs a {@link Server}, as seen from this side. One of a kind that nobody needs any more is kept for a
 * while, for whoever comes next.
 */
public final class ServerProcess {
    /**
     * What runs in a process.
     *
     * @param library that it runs, for messages
     * @param server whose {@code main} runs it
     * @param uses a class of each library that the server uses
     * @param options of Java
     */
    public record Kind(String library, Class<? extends Server> server, List<Class<?>> uses, List<String> options) {
        public Kind {
            uses = List.copyOf(uses);
            options = List.copyOf(options);
        }
    }

    /** What is asked, behind the byte of the request. */
    public interface Question {
        void writeTo(DataOutputStream out) throws IOException;
    }

    /** What reads an answer, behind the byte that says that it is one. */
    public interface Answer<T> {
        T read(DataInputStream in) throws IOException;
    }

    /** The process gave no answer and has been ended. */
    public static final class NoAnswer extends Exception {
        private static final long serialVersionUID = 1L;

        /** @param why in words, as "takes too long", after the name of what was asked for */
        NoAnswer(String why, Throwable cause) {
            super(why, cause);
        }
    }

    /** The library refuses what is asked, in its own words; the process goes on. */
    public static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(String why) {
            super(why);
        }
    }

    /** How long a process that nobody needs is kept. */
    public static final Duration IDLE = Duration.ofSeconds(30);

    /** On a machine that gives the process no time to work, so many times the limit is waited. */
    private static final int PATIENCE = 10;

    /** Those that nobody needs at present, one of a kind. */
    private static final Map<Kind, ServerProcess> SPARE = new HashMap<>();

    private final Kind kind;
    private final Process process;
    private final DataInputStream in;
    private final DataOutputStream out;
    /** One thread, which waits for answers in the place of one that can be interrupted. */
    private final ExecutorService waiting = Executors.newSingleThreadExecutor(ServerProcess::daemon);

    /** When it was given back last. */
    private long released;

    private ServerProcess(Kind kind, Process process) {
        this.kind = kind;
        this.process = process;
        in = new DataInputStream(new BufferedInputStream(process.getInputStream()));
        out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "answers of a process");
        thread.setDaemon(true);
        return thread;
    }

    /** One that has nothing opened yet. */
    public static ServerProcess take(Kind kind) {
        synchronized (SPARE) {
            ServerProcess taken = SPARE.remove(kind);
            if (taken != null && taken.isAlive()) {
                return taken;
            }
        }
        try {
            Process process = new ProcessBuilder(command(kind))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .directory(new File(System.getProperty("java.io.tmpdir")))
                    .start();
            killFirst(process);
            return new ServerProcess(kind, process);
        } catch (IOException e) {
            throw UserError.cannot("start a process for " + kind.library, e);
        }
    }

    /** With a class path of its own: a notebook's classes may come from anywhere. */
    private static List<String> command(Kind kind) {
        String classPath = Stream.concat(Stream.of(kind.server), kind.uses.stream())
                .map(ServerProcess::place)
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xshare:auto"));
        command.addAll(List.of("-XX:-CreateCoredumpOnCrash", "-XX:+SuppressFatalErrorMessage"));
        command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
        command.addAll(kind.options);
        command.addAll(List.of("-cp", classPath, kind.server.getName()));
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

    public boolean isAlive() {
        return !waiting.isShutdown() && process.isAlive();
    }

    /**
     * Asks, and ends the process if it breaks down, takes too long, or the thread is interrupted. A process has taken too
     * long when it has worked for the limit, or waited for ten times as long: on a machine that others use, too, it may have
     * had no processor to work with.
     *
     * @throws Refused if the library does
     * @throws CancellationException if the thread is interrupted
     */
    public <T> T ask(byte request, Question question, Answer<T> answer, Duration limit) throws NoAnswer, Refused {
        Future<T> answered = waiting.submit(() -> exchange(request, question, answer));
        boolean sound = false;
        try {
            T given = await(answered, limit);
            sound = true;
            return given;
        } catch (InterruptedException e) {
            throw new CancellationException("interrupted");
        } catch (TimeoutException e) {
            throw new NoAnswer("takes " + kind.library + " more than " + limit.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Refused refused) {
                sound = true;
                throw refused;
            }
            throw new NoAnswer("makes " + kind.library + " break down", e.getCause());
        } finally {
            if (!sound) {
                end();
            }
        }
    }

    private <T> T await(Future<T> answered, Duration limit)
            throws InterruptedException, ExecutionException, TimeoutException {
        Duration before = worked().orElse(Duration.ZERO);
        for (int waited = 1; ; waited++) {
            try {
                return answered.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                boolean hasWorked = worked().map(now -> now.minus(before).compareTo(limit) >= 0)
                        .orElse(true);
                if (hasWorked || waited == PATIENCE) {
                    throw e;
                }
            }
        }
    }

    /** How long the process has had processors; empty where the system doesn't say. */
    private Optional<Duration> worked() {
        return process.info().totalCpuDuration();
    }

    private <T> T exchange(byte request, Question question, Answer<T> answer) throws IOException, Refused {
        out.writeByte(request);
        question.writeTo(out);
        out.flush();
        if (in.readByte() == Server.REFUSED) {
            throw new Refused(Wire.readText(in));
        }
        return answer.read(in);
    }

    /** Gives the process back, with all closed that was opened in it. */
    public void release() {
        try {
            ask(Server.FORGET, to -> {}, from -> null, IDLE);
        } catch (NoAnswer | CancellationException e) {
            return; // it has been ended
        } catch (Refused e) {
            end();
            return;
        }
        synchronized (SPARE) {
            released = System.nanoTime();
            ServerProcess other = SPARE.put(kind, this);
            if (other != null) {
                other.end();
            }
        }
        CompletableFuture.delayedExecutor(IDLE.toMillis(), TimeUnit.MILLISECONDS)
                .execute(this::endIfIdle);
    }

    private void endIfIdle() {
        synchronized (SPARE) {
            if (SPARE.get(kind) == this && System.nanoTime() - released >= IDLE.toNanos()) {
                SPARE.remove(kind);
                end();
            }
        }
    }

    public void end() {
        process.destroyForcibly();
        waiting.shutdown();
    }
}
