package ffmerge.plot;

import java.util.stream.IntStream;

/** Long curves made fit for a picture. */
public final class Curve {
    private Curve() {}

    /**
     * The mean of past values, older ones counting less. It looks at nothing to come, so that the curve of a live chart
     * stays where it is.
     *
     * @param values NaN where there is none
     * @param reach over about how many values
     */
    public static double[] smooth(double[] values, double reach) {
        double keep = 1 - 1 / Math.max(1, reach);
        double sum = 0;
        double weight = 0;
        double[] smooth = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            if (!Double.isNaN(values[i])) {
                sum = keep * sum + values[i];
                weight = keep * weight + 1;
            }
            smooth[i] = weight == 0 ? Double.NaN : sum / weight;
        }
        return smooth;
    }

    /** Indices whose values draw the same ragged line as all: of each stretch the lowest and the highest, in order. */
    public static int[] extremes(double[] values, int most) {
        if (values.length <= most) {
            return IntStream.range(0, values.length).toArray();
        }
        int stretches = most / 2;
        int[] kept = new int[2 * stretches];
        for (int s = 0; s < stretches; s++) {
            int from = start(s, values.length, stretches);
            int to = start(s + 1, values.length, stretches);
            int low = from;
            int high = from;
            for (int i = from; i < to; i++) {
                low = values[i] < values[low] ? i : low;
                high = values[i] > values[high] ? i : high;
            }
            kept[2 * s] = Math.min(low, high);
            kept[2 * s + 1] = Math.max(low, high);
        }
        return kept;
    }

    /** Evenly spread indices, the last among them, for a curve that is smooth. */
    public static int[] spread(int length, int most) {
        int count = Math.min(length, most);
        return IntStream.rangeClosed(1, count)
                .map(i -> start(i, length, count) - 1)
                .toArray();
    }

    private static int start(int stretch, int length, int stretches) {
        return (int) ((long) length * stretch / stretches);
    }
}
