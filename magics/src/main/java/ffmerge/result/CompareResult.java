package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import ffmerge.Measure;
import java.util.List;

/** Models side by side on one split. */
@JsonPropertyOrder({"data", "split", "higherIsBetter"})
public record CompareResult(String data, String split, List<Row> rows) implements Result {
    /** Whether a larger value is the better one, of every metric here. */
    @JsonProperty("higherIsBetter")
    public boolean higherIsBetter() {
        return rows.stream().allMatch(row -> row.metric().higherIsBetter());
    }

    /**
     * @param uniqueParameters held in memory
     * @param bytes of native memory
     * @param seconds that measuring took
     * @param latency seconds for one example by itself
     * @param scoring by which protocol a text was scored; null where none was
     */
    public record Row(
            String model,
            Measure metric,
            double value,
            long parameters,
            long uniqueParameters,
            long bytes,
            double seconds,
            double tokensPerSecond,
            double latency,
            @JsonUnwrapped TextProtocol scoring) {
        /** A model measured on no text. */
        public Row(
                String model,
                Measure metric,
                double value,
                long parameters,
                long uniqueParameters,
                long bytes,
                double seconds,
                double tokensPerSecond,
                double latency) {
            this(model, metric, value, parameters, uniqueParameters, bytes, seconds, tokensPerSecond, latency, null);
        }
    }

    @Override
    public List<Measurement> measurements() {
        return rows.stream()
                .map(row -> new Measurement(row.model(), row.metric(), row.value(), data, split, row.scoring()))
                .toList();
    }
}
