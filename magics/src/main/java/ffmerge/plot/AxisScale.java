package ffmerge.plot;

/**
 * From values to places of a picture.
 *
 * @param from the value at {@code start}
 * @param to the value at {@code end}
 */
record AxisScale(double from, double to, double start, double end, boolean isLogarithmic) {
    /** Room at both ends, as a share of what is between. */
    static AxisScale padded(double least, double most, double before, double after, boolean isLogarithmic) {
        double low = isLogarithmic ? Math.log10(least) : least;
        double high = isLogarithmic ? Math.log10(most) : most;
        if (high - low < 1e-9 * Math.max(1, Math.abs(high))) { // one value alone
            double around = isLogarithmic ? 0.1 : Math.max(Math.abs(high) * 0.05, 0.5);
            low -= around;
            high += around;
        }
        double from = low - before * (high - low);
        double to = high + after * (high - low);
        return isLogarithmic
                ? new AxisScale(Math.pow(10, from), Math.pow(10, to), 0, 0, true)
                : new AxisScale(from, to, 0, 0, false);
    }

    AxisScale between(double newStart, double newEnd) {
        return new AxisScale(from, to, newStart, newEnd, isLogarithmic);
    }

    double at(double value) {
        double share = isLogarithmic
                ? (Math.log10(value) - Math.log10(from)) / (Math.log10(to) - Math.log10(from))
                : (value - from) / (to - from);
        return start + share * (end - start);
    }

    Ticks ticks(int most) {
        return isLogarithmic ? Ticks.logarithmic(from, to, most) : Ticks.linear(from, to, most);
    }
}
