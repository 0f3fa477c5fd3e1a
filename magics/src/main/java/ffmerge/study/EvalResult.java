package ffmerge.study;

/**
 * A model's quality on a split.
 *
 * @param examples how many windows, images or sentences were measured
 */
public record EvalResult(
        String model,
        String metric,
        double value,
        String data,
        String split,
        long examples,
        double seconds,
        double tokensPerSecond)
        implements Result {}
