package ffmerge.kernel;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;

/** When the kernel's process ends, whatever its threads are doing. */
final class Lifetime {
    /** Where Jupyter's client writes its process id. */
    private static final String PARENT = "JPY_PARENT_PID";
    /** Less than the time after which Jupyter kills a kernel that was asked to end. */
    private static final long GRACE_MILLIS = 2000;
    /** How long a cell that is told to stop may take. */
    static final long CELL_END_MILLIS = 1000;

    private static final long BETWEEN_MILLIS = 10;
    /** How long ZeroMQ's own thread may take to send the last reply. */
    private static final long SENDING_MILLIS = 50;

    private Lifetime() {}

    /** Tells when the process that started the kernel has ended: nobody else would ask the kernel to end. */
    static void watchParent(Runnable lost) {
        Optional.ofNullable(System.getenv(PARENT))
                .filter(pid -> pid.matches("\\d{1,18}"))
                .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)))
                .ifPresent(parent -> parent.onExit().thenRun(lost));
    }

    /**
     * Guards the end that others bring about: a signal of Jupyter's, or {@code System.exit} in a cell. An exit tears down
     * libtorch, and a thread that is still inside of it would crash.
     *
     * @param interrupt stops the cell that runs
     */
    static void guardExit(Runnable interrupt) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            if (isWorking()) {
                                interrupt.run();
                            }
                            if (!isIdleWithin(CELL_END_MILLIS)) {
                                kill();
                            }
                        },
                        "guard of the exit"));
    }

    /** Waits until no thread works for a cell, but not for long. */
    static boolean isIdleWithin(long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (isWorking()) {
            if (System.nanoTime() > end) {
                return false;
            }
            sleep(BETWEEN_MILLIS);
        }
        // batches that are prepared ahead
        return ForkJoinPool.commonPool().awaitQuiescence(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    /** Whether a thread runs a cell's code or a magic, be it of a cell that was given up. */
    private static boolean isWorking() {
        return Thread.getAllStackTraces().values().stream().anyMatch(stack -> {
            List<String> classes =
                    Arrays.stream(stack).map(StackTraceElement::getClassName).toList();
            boolean ofCell = classes.contains(RunningMagic.class.getName())
                    || classes.stream().anyMatch(name -> name.startsWith("REPL."));
            return ofCell && !classes.contains("java.lang.Shutdown"); // that one waits for the exit's end
        });
    }

    /** Lets nothing keep the process alive for much longer: no cell that does not heed its interrupt, no library. */
    static void endSoon() {
        Thread end = new Thread(
                () -> {
                    sleep(GRACE_MILLIS);
                    kill();
                },
                "end of the kernel");
        end.setDaemon(true);
        end.start();
    }

    /**
     * Ends when the last reply is sent.
     *
     * @param idle whether no cell runs; one that is inside libtorch would crash on what an orderly exit tears down
     */
    static void end(boolean idle) {
        sleep(SENDING_MILLIS);
        if (idle) {
            System.exit(0);
        }
        kill();
    }

    /** Ends without a word: even {@code halt} would run libtorch's destructors beside a thread that still computes. */
    private static void kill() {
        try {
            new ProcessBuilder(
                            "kill", "-9", String.valueOf(ProcessHandle.current().pid()))
                    .start()
                    .waitFor();
        } catch (IOException | InterruptedException e) {
            // no such program here
        }
        Runtime.getRuntime().halt(0);
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // then at once
        }
    }
}
