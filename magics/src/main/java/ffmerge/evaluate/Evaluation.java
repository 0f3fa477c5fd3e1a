package ffmerge.evaluate;

import java.util.Map;

/**
 * A measured quality.
 *
 * @param also further measures by name, in the unit of the value
 * @param examples how many windows, images or sentences were measured
 * @param tokensPerSecond tokens that went through the model, over the time it took
 */
public record Evaluation(
        String metric, double value, Map<String, Double> also, long examples, double seconds, double tokensPerSecond) {}
