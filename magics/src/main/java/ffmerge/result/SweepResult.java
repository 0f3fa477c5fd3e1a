package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import ffmerge.Measure;
import java.util.List;
import java.util.Map;

/**
 * Every window of a length, scored before any tuning.
 *
 * @param baseline the unchanged model's value
 * @param rows one a window and method, in the order of windows
 * @param best the best row of the first method
 * @param protocol by which windows were searched and sublayers matched
 */
@JsonPropertyOrder({"model", "length", "metric", "higherIsBetter"})
public record SweepResult(
        String model,
        int length,
        Measure metric,
        double baseline,
        String data,
        String split,
        List<Row> rows,
        Row best,
        String protocol)
        implements Result {
    /** Whether a larger value is the better one. */
    @JsonProperty("higherIsBetter")
    public boolean higherIsBetter() {
        return metric.higherIsBetter();
    }

    /**
     * A window.
     *
     * @param method {@code permute}, {@code none}, {@code random} or {@code drop}
     * @param matchedCorrelation by stack and layer; empty unless permuted
     * @param seconds that scoring it took
     */
    @JsonPropertyOrder({"model", "length", "metric", "higherIsBetter"})
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

    @Override
    public List<Measure> measures() {
        return List.of(metric);
    }
}
