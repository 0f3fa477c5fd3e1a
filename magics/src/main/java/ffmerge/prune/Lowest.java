package ffmerge.prune;

import java.util.Arrays;

/** Finds the lowest of some scores. */
public final class Lowest {
    private Lowest() {}

    /**
     * The places of the {@code count} lowest scores, ascending; of equal ones those that come first.
     *
     * @param scores no NaN among them
     */
    public static int[] of(double[] scores, int count) {
        if (count == 0) {
            return new int[0];
        }
        double[] sorted = scores.clone();
        Arrays.sort(sorted);
        double last = sorted[count - 1];
        int below = 0;
        while (sorted[below] < last) {
            below++;
        }
        int equal = count - below;
        int[] places = new int[count];
        int found = 0;
        for (int i = 0; i < scores.length && found < count; i++) {
            if (scores[i] < last || scores[i] == last && equal-- > 0) {
                places[found++] = i;
            }
        }
        return places;
    }
}
