package ffmerge;

import java.util.concurrent.CancellationException;

/** Is told how far long work has come. The work calls {@link Stage#advance} once a batch, which is also where an interrupt stops it. */
public interface Progress {
    /** Shows nothing; still stops at an interrupt. */
    Progress NONE = (label, total, unit) -> done -> {};

    /**
     * Begins a stage of the work.
     *
     * @param label what is being done, as a person would say it
     * @param total how many units the stage has, or 0 where that isn't known
     * @param unit what is counted, in the plural: "tokens", "windows"
     */
    Stage start(String label, long total, String unit);

    /** A stage under way. */
    @FunctionalInterface
    interface Stage extends AutoCloseable {
        /** Shows that this many units are done in all. */
        void show(long done);

        /**
         * Reports progress and stops the work where a user asked for it, see {@link StopRequest}.
         *
         * @throws CancellationException if the thread is asked to stop; the wish is forgotten
         */
        default void advance(long done) {
            stopIfInterrupted();
            show(done);
        }

        @Override
        default void close() {}
    }

    /** @throws CancellationException if the thread is asked to stop; the wish is forgotten */
    static void stopIfInterrupted() {
        if (StopRequest.take()) {
            throw new CancellationException("interrupted");
        }
    }
}
