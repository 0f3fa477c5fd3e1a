package ffmerge.result;

import java.util.List;

/** Models side by side on one split. */
public record CompareResult(String data, String split, boolean higherIsBetter, List<Row> rows) implements Result {
    /**
     * @param uniqueParameters held in memory
     * @param bytes of native memory
     * @param seconds that measuring took
     * @param latency seconds for one example by itself
     */
    public record Row(
            String model,
            String metric,
            double value,
            long parameters,
            long uniqueParameters,
            long bytes,
            double seconds,
            double tokensPerSecond,
            double latency) {}
}
