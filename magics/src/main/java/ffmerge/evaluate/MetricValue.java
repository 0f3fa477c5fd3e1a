package ffmerge.evaluate;

import ffmerge.Measure;
import java.util.Map;

/**
 * A measured quality.
 *
 * @param examples how many windows, images or sentences were measured
 * @param tokensPerSecond tokens that went through the model, over the time it took
 * @param details other measures of the same, and how they were computed, by name
 */
public record MetricValue(
        Measure metric,
        double value,
        long examples,
        double seconds,
        double tokensPerSecond,
        Map<String, String> details) {}
