package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import ffmerge.Measure;
import java.util.List;
import java.util.Map;

/**
 * A model's quality on a split.
 *
 * @param examples how many windows, images or sentences were measured
 * @param details other measures of the same, and how they were computed, by name
 * @param scoring by which protocol a text was scored; null where none was
 * @param interval of 95 % of the value; null where there is none, as of one example
 * @param difference to the reference, on the same examples; null where there is none
 * @param samples of what the model makes of the data, where some were asked for
 * @param task what was found of a task's items; null where the data are none
 * @param precision of products; null for float32
 */
public record EvalResult(
        String model,
        Measure metric,
        double value,
        String data,
        String split,
        long examples,
        double seconds,
        double tokensPerSecond,
        Map<String, String> details,
        @JsonUnwrapped TextProtocol scoring,
        Interval interval,
        @JsonInclude(JsonInclude.Include.NON_NULL) Difference difference,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Sample> samples,
        @JsonUnwrapped TaskScore task,
        @JsonInclude(JsonInclude.Include.NON_NULL) String precision)
        implements Result {
    /** Measured in float32. */
    public EvalResult(
            String model,
            Measure metric,
            double value,
            String data,
            String split,
            long examples,
            double seconds,
            double tokensPerSecond,
            Map<String, String> details,
            TextProtocol scoring,
            Interval interval,
            Difference difference,
            List<Sample> samples,
            TaskScore task) {
        this(
                model,
                metric,
                value,
                data,
                split,
                examples,
                seconds,
                tokensPerSecond,
                details,
                scoring,
                interval,
                difference,
                samples,
                task,
                null);
    }

    /**
     * A sentence translated, or a dialogue summarized.
     *
     * @param reference a person's translation or summary
     * @param translation the model's
     */
    public record Sample(String source, String reference, String translation) {}

    /** Said where intervals are of few examples; else null. */
    @JsonProperty("fewExamples")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public FewExamples fewExamples() {
        return FewExamples.of(interval == null ? 0 : examples);
    }

    @Override
    public List<Measurement> measurements() {
        return List.of(new Measurement(model, metric, value, data, split, scoring, examples));
    }
}
