package ffmerge.magic;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalDouble;

/**
 * How fast work goes on, by what was counted lately. What was done before the first count doesn't tell: it may have been
 * done by an earlier run, and the time until then went into preparations.
 */
final class Pace {
    private static final long LATELY_NANOS = 30_000_000_000L;
    private static final int LEAST_COUNTS = 3;

    private record Count(long count, long nanos) {}

    private final Deque<Count> counts = new ArrayDeque<>();

    synchronized void note(long count, long nanos) {
        while (counts.size() > LEAST_COUNTS && nanos - counts.getFirst().nanos() > LATELY_NANOS) {
            counts.removeFirst();
        }
        counts.addLast(new Count(count, nanos));
    }

    /** Empty until something was done since the first count. */
    synchronized OptionalDouble perSecond() {
        if (counts.isEmpty()) {
            return OptionalDouble.empty();
        }
        long done = counts.getLast().count() - counts.getFirst().count();
        double seconds = (counts.getLast().nanos() - counts.getFirst().nanos()) / 1e9;
        return done > 0 && seconds > 0 ? OptionalDouble.of(done / seconds) : OptionalDouble.empty();
    }
}
