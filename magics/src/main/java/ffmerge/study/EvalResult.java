package ffmerge.study;

import java.util.Map;

/**
 * A model's quality on a split.
 *
 * @param examples how many windows, images or sentences were measured
 * @param details other measures of the same, and how they were computed, by name
 */
public record EvalResult(
        String model,
        String metric,
        double value,
        String data,
        String split,
        long examples,
        double seconds,
        double tokensPerSecond,
        Map<String, String> details)
        implements Result {
    /** A result without details. */
    public EvalResult(
            String model,
            String metric,
            double value,
            String data,
            String split,
            long examples,
            double seconds,
            double tokensPerSecond) {
        this(model, metric, value, data, split, examples, seconds, tokensPerSecond, Map.of());
    }
}
