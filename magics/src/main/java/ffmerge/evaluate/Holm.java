package ffmerge.evaluate;

import ffmerge.result.Difference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Holm's correction for many tests at a time (Holm 1979). */
public final class Holm {
    private Holm() {}

    /**
     * Rows with the p of their differences corrected for as many as there are; one alone stays as it is.
     *
     * @param of a row's difference; null where it has none
     * @param with a row with another difference
     */
    public static <R> List<R> corrected(List<R> rows, Function<R, Difference> of, BiFunction<R, Difference, R> with) {
        List<Difference> tested = rows.stream().map(of).filter(Objects::nonNull).toList();
        if (tested.size() < 2) {
            return rows;
        }
        double[] p = corrected(tested.stream().mapToDouble(Difference::p).toArray());
        List<R> corrected = new ArrayList<>();
        int next = 0;
        for (R row : rows) {
            Difference own = of.apply(row);
            corrected.add(own == null ? row : with.apply(row, own.corrected(p[next++])));
        }
        return corrected;
    }

    /** The p of each test, corrected so that the chance of even one false alarm stays below the level. */
    public static double[] corrected(double[] p) {
        int[] rising = IntStream.range(0, p.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> p[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        double[] corrected = Arrays.copyOf(p, p.length);
        double least = 0;
        for (int rank = 0; rank < rising.length; rank++) {
            least = Math.max(least, Math.min(1, (p.length - rank) * p[rising[rank]]));
            corrected[rising[rank]] = least;
        }
        return corrected;
    }
}
