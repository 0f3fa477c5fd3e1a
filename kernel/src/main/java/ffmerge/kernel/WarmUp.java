package ffmerge.kernel;

import ffmerge.architecture.KnownFamily;
import ffmerge.torch.Kernels;
import java.util.concurrent.TimeUnit;
import tech.tablesaw.api.Table;

/**
 * Starts libtorch and reads the kernels of forward passes while the user reads the notebook's first lines: the first
 * {@code load} finds them there.
 */
final class WarmUp {
    /** A start takes a second or two. */
    private static final long PATIENCE = TimeUnit.SECONDS.toMillis(5);

    private WarmUp() {}

    /** In the background, while the kernel gets ready. What fails is told by the first command that needs it. */
    static void begin() {
        Thread thread = new Thread(WarmUp::run, "warm-up");
        thread.setDaemon(true);
        thread.setPriority(Thread.MIN_PRIORITY);
        // a JVM that ends while a native library starts may crash
        Runtime.getRuntime().addShutdownHook(new Thread(() -> await(thread)));
        thread.start();
    }

    private static void run() {
        try {
            Kernels.start();
            KnownFamily.all(); // reads the families' tables
            Table.create(); // Tablesaw looks through the whole class path for its readers
        } catch (RuntimeException | LinkageError e) {
            // as said above
        }
    }

    private static void await(Thread thread) {
        try {
            thread.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
