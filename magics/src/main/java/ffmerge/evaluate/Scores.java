package ffmerge.evaluate;

import java.util.ArrayList;
import java.util.List;

/**
 * What was measured of each example: kept apart, so that intervals can be had by drawing examples anew.
 *
 * @param units of each window, image, sentence or dialogue, in order: the numbers from whose sums over examples the measure
 *     is computed, as many of each
 * @param tokens how many tokens (patches, words) went through the model
 */
public record Scores(List<double[]> units, long tokens) {
    public static final Scores NONE = new Scores(List.of(), 0);

    /** Adds up batches, in the order in which they come. */
    public static Scores of(List<Scores> batches) {
        List<double[]> units = new ArrayList<>();
        long tokens = 0;
        for (Scores batch : batches) {
            units.addAll(batch.units);
            tokens += batch.tokens;
        }
        return new Scores(List.copyOf(units), tokens);
    }

    public int examples() {
        return units.size();
    }

    public Metric.Total total() {
        double[] sums = new double[units.isEmpty() ? 0 : units.get(0).length];
        for (double[] unit : units) {
            for (int k = 0; k < sums.length; k++) {
                sums[k] += unit[k];
            }
        }
        return new Metric.Total(units.size(), sums);
    }
}
