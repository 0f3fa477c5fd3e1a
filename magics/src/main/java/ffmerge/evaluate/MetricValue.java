package ffmerge.evaluate;

import ffmerge.Measure;
import java.util.Map;

/**
 * A measured quality.
 *
 * @param scores of each window, image or sentence
 * @param tokensPerSecond tokens that went through the model, over the time it took
 * @param details other measures of the same, and how they were computed, by name
 */
public record MetricValue(
        Measure metric,
        double value,
        Scores scores,
        double seconds,
        double tokensPerSecond,
        Map<String, String> details) {
    /** How many windows, images or sentences were measured. */
    public long examples() {
        return scores.examples();
    }
}
