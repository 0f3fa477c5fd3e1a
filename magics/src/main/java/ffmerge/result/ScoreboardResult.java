package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import ffmerge.Measure;
import java.util.List;

/**
 * Logged runs beside the paper's results.
 *
 * @param source where the paper's numbers are printed
 * @param rows one a model of the log that was made smaller, newest last
 */
public record ScoreboardResult(String source, List<Row> rows) implements Result {
    /**
     * A model and the row of the paper that is nearest to it: of the same family, with the most similar share of FF
     * sublayers removed (of parameters, where layers were dropped).
     *
     * @param time when it was measured
     * @param command that measured it
     * @param method by which it became smaller: {@code permute}, {@code none}, {@code drop}, …; of several, in their order,
     *     those that can be seen in it still: {@code drop + permute}
     * @param layers that were merged or dropped; of several ways, each time counted in the model of that time
     * @param steps of tuning
     * @param tuningTokens that went through the model in those; null where it wasn't tuned, or nobody counted
     * @param value NaN where the model was made but never measured
     * @param baseline of the same model unchanged, measured alike; NaN where it wasn't
     * @param change of the value, relative to the baseline
     * @param feedForwardsRemoved a share of 1 of the sets of weights of FF sublayers, those of dropped layers among them
     * @param parametersRemoved a share of 1; NaN where nobody knows the model that was loaded
     * @param difference {@code change} less the paper's
     * @param differs in what else than the weights the two rows differ, each in a few words
     * @param title of the method, as tables have it
     */
    @JsonPropertyOrder({"time", "command", "model", "source", "method", "layers", "steps", "metric", "higherIsBetter"})
    public record Row(
            String time,
            String command,
            String model,
            String source,
            String method,
            String layers,
            int steps,
            @JsonInclude(JsonInclude.Include.NON_NULL) Long tuningTokens,
            Measure metric,
            double value,
            double baseline,
            double change,
            double feedForwardsRemoved,
            double parametersRemoved,
            PublishedRow published,
            double difference,
            List<String> differs,
            String title) {
        @JsonProperty("higherIsBetter")
        public boolean higherIsBetter() {
            return metric.higherIsBetter();
        }

        /** How much worse the model became, relative to its baseline; negative where it became better. */
        public double loss() {
            return higherIsBetter() ? -change : change;
        }
    }

    /** In what all rows differ from the paper's. */
    public List<String> allDifferIn() {
        if (rows.isEmpty()) {
            return List.of();
        }
        return rows.get(0).differs().stream()
                .filter(difference ->
                        rows.stream().allMatch(row -> row.differs().contains(difference)))
                .toList();
    }

    /**
     * A row of the paper, after tuning.
     *
     * @param change of the value, relative to the paper's own baseline
     * @param title of what was done
     */
    public record PublishedRow(
            String model,
            String window,
            double value,
            double baseline,
            double change,
            double feedForwardsRemoved,
            double parametersRemoved,
            String title,
            Measure metric) {
        /** As {@link Row#loss}. */
        public double loss() {
            return metric.higherIsBetter() ? -change : change;
        }
    }
}
