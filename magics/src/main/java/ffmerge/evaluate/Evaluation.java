package ffmerge.evaluate;

/**
 * A measured quality.
 *
 * @param examples how many windows, images or sentences were measured
 * @param tokensPerSecond tokens that went through the model, over the time it took
 */
public record Evaluation(String metric, double value, long examples, double seconds, double tokensPerSecond) {}
