package ffmerge.result;

import java.util.List;
import java.util.Map;

/**
 * Every window of a length, scored before any tuning.
 *
 * @param metric {@code perplexity}, {@code accuracy} or {@code bleu}
 * @param higherIsBetter whether a larger value is the better one
 * @param baseline the unchanged model's value
 * @param rows one a window and method, in the order of windows
 * @param best the best row of the first method
 * @param protocol by which windows were searched and sublayers matched
 */
public record SweepResult(
        String model,
        int length,
        String metric,
        boolean higherIsBetter,
        double baseline,
        String data,
        String split,
        List<Row> rows,
        Row best,
        String protocol)
        implements Result {
    /**
     * A window.
     *
     * @param method {@code permute}, {@code none}, {@code random} or {@code drop}
     * @param matchedCorrelation by stack and layer; empty unless permuted
     * @param seconds that scoring it took
     */
    public record Row(
            String method,
            Map<String, List<Integer>> layers,
            double value,
            Map<String, Map<String, Double>> matchedCorrelation,
            long parametersRemoved,
            double seconds) {
        /** The first layer of the window, in its first stack. */
        public int start() {
            return layers.values().iterator().next().get(0);
        }
    }
}
