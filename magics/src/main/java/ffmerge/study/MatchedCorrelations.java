package ffmerge.study;

import ffmerge.correlation.CorrelationMatrix;
import ffmerge.result.AlignResult;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** What a matrix of correlations says of a matching, small enough for a page. */
public final class MatchedCorrelations {
    private static final int BINS = 40;
    private static final int MOST_CELLS = 64;

    private MatchedCorrelations() {}

    /** @param order unit {@code order[j]} of the second layer goes with unit j of the anchor */
    public static AlignResult.Histogram histogram(CorrelationMatrix correlations, int[] order) {
        int n = correlations.size();
        float[] values = correlations.values();
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (float value : values) {
            least = Math.min(least, value);
            most = Math.max(most, value);
        }
        double from = least;
        double width = most > least ? (most - least) / BINS : 1;
        double[] edges = IntStream.rangeClosed(0, BINS)
                .mapToDouble(i -> from + i * width)
                .toArray();
        return new AlignResult.Histogram(
                edges,
                shares(edges, IntStream.range(0, n).mapToDouble(unit -> values[unit * n + order[unit]])),
                shares(edges, IntStream.range(0, n).mapToDouble(unit -> values[unit * n + unit])),
                shares(edges, IntStream.range(0, values.length).mapToDouble(i -> values[i])));
    }

    private static double[] shares(double[] edges, DoubleStream values) {
        double[] counts = new double[edges.length - 1];
        double width = edges[1] - edges[0];
        values.forEach(value ->
                counts[Math.max(0, Math.min(counts.length - 1, (int) Math.floor((value - edges[0]) / width)))]++);
        double all = DoubleStream.of(counts).sum();
        return DoubleStream.of(counts).map(count -> count / all).toArray();
    }

    /** @param order as in {@link #histogram} */
    public static AlignResult.Maps maps(CorrelationMatrix correlations, int[] order) {
        int block = correlations.block(MOST_CELLS);
        return new AlignResult.Maps(
                block, correlations.largestMagnitudes(block), correlations.largestMagnitudes(block, order));
    }
}
