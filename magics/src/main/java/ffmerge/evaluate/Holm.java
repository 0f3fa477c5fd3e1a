package ffmerge.evaluate;

import ffmerge.result.Difference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Holm's correction for many tests at a time (Holm 1979). */
public final class Holm {
    private Holm() {}

    /** Differences with p corrected for as many as there are; some may be null, and one alone stays as it is. */
    public static List<Difference> corrected(List<Difference> differences) {
        int[] there = IntStream.range(0, differences.size())
                .filter(i -> differences.get(i) != null)
                .toArray();
        if (there.length < 2) {
            return differences;
        }
        double[] p = corrected(
                Arrays.stream(there).mapToDouble(i -> differences.get(i).p()).toArray());
        List<Difference> corrected = new ArrayList<>(differences);
        for (int k = 0; k < there.length; k++) {
            corrected.set(there[k], differences.get(there[k]).corrected(p[k]));
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
