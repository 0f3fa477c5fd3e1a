package ffmerge.view;

import ffmerge.plot.Plot;
import ffmerge.plot.ValueAxis;
import ffmerge.result.Interval;
import java.awt.Color;
import java.util.stream.Stream;

/** Intervals of values as a chart has them. */
final class Intervals {
    private Intervals() {}

    /** The interval of a point at {@code x}; none where it isn't known. */
    static Stream<Plot.Interval> of(ValueAxis axis, double x, Interval interval, Color color) {
        return interval == null
                ? Stream.empty()
                : Stream.of(new Plot.Interval(x, axis.place(interval.low()), axis.place(interval.high()), color));
    }
}
