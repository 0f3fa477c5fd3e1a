package ffmerge.kernel;

import java.io.IOException;
import java.util.Optional;

/** When the kernel's process ends, whatever its threads are doing. */
final class Lifetime {
    /** Where Jupyter's client writes its process id. */
    private static final String PARENT = "JPY_PARENT_PID";
    /** Less than the time after which Jupyter kills a kernel that was asked to end. */
    private static final long GRACE_MILLIS = 2000;
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
