package ffmerge.kernel;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import org.dflib.jjava.jupyter.messages.publish.PublishStream.StreamType;

/**
 * {@code System.out} and {@code System.err} of the kernel. What a thread prints belongs to the cell that started it, also
 * when that cell has ended and another one runs. The threads that cells share, as those of the common pool, print into the
 * cell that runs, or ran last.
 */
final class Printing {
    /** How the threads are called in which JJava runs cells. */
    private static final String JJAVA_THREAD = "jjava-exec-";

    /** Of threads that no cell started. */
    private static final Object NO_CELL = new Object();

    private final PrintStream out = stream(StreamType.OUT);
    private final PrintStream err = stream(StreamType.ERR);
    private final InheritableThreadLocal<Object> origin = new InheritableThreadLocal<>() {
        @Override
        protected Object childValue(Object parent) {
            return runsCells(Thread.currentThread()) ? cell : parent;
        }
    };

    /** The one that runs or ran last; before the first one nothing is printed here. */
    private volatile CellOutput cell;

    /** To be made before threads are started. */
    Printing() {
        origin.set(NO_CELL); // for without a value there is nothing to inherit
    }

    private PrintStream stream(StreamType type) {
        return new PrintStream(new CellStream(type), true, StandardCharsets.UTF_8);
    }

    /** A cell begins. The streams stay ours when it has ended. */
    void begin(CellOutput next) {
        cell = next;
        System.setOut(out); // a cell before may have put another one there
        System.setErr(err);
    }

    private static boolean runsCells(Thread thread) {
        return thread.getName().startsWith(JJAVA_THREAD) || thread.getName().equals(MagicThread.NAME);
    }

    /** Whose text it is that the current thread prints. */
    private CellOutput cellOfThread() {
        Thread thread = Thread.currentThread();
        boolean shared = thread instanceof ForkJoinWorkerThread worker && worker.getPool() == ForkJoinPool.commonPool();
        return !shared && !runsCells(thread) && origin.get() instanceof CellOutput own ? own : cell;
    }

    private final class CellStream extends OutputStream {
        private final StreamType type;

        CellStream(StreamType type) {
            this.type = type;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            cellOfThread().write(type, bytes, from, length);
        }
    }
}
