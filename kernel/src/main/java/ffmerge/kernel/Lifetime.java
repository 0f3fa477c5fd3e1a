package ffmerge.kernel;

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

    /** Ends with the process that started the kernel: nobody else would ask it to. */
    static void endWithParent() {
        Optional.ofNullable(System.getenv(PARENT))
                .filter(pid -> pid.matches("\\d{1,18}"))
                .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)))
                .ifPresent(parent -> parent.onExit().thenRun(Lifetime::end));
    }

    /** Lets nothing keep the process alive for much longer: no cell that does not heed its interrupt, no library. */
    static void endSoon() {
        Thread end = new Thread(
                () -> {
                    sleep(GRACE_MILLIS);
                    Runtime.getRuntime().halt(0);
                },
                "end of the kernel");
        end.setDaemon(true);
        end.start();
    }

    /** Ends when the last reply is sent. */
    static void end() {
        endSoon();
        sleep(SENDING_MILLIS);
        System.exit(0);
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // then at once
        }
    }
}
