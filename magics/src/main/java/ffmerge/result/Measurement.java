package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;
import ffmerge.Measure;

/**
 * A model's quality as a run found it, so that runs of different commands can be compared.
 *
 * @param model its name in that run
 * @param then what was done to it before it was measured and gone again, as a sweep does; null for the model itself
 * @param parametersRemoved by that; of a model itself by all that was done since it was loaded, where that was counted
 * @param feedForwardsRemoved sets of weights of FF sublayers, by the same
 * @param scoring by which protocol a text was scored; null where none was
 * @param data empty where the result doesn't name it
 * @param examples of the split that were measured; 0 in the logs of older versions
 */
public record Measurement(
        String model,
        @JsonInclude(JsonInclude.Include.NON_NULL) Step then,
        long parametersRemoved,
        int feedForwardsRemoved,
        Measure metric,
        double value,
        String data,
        String split,
        @JsonInclude(JsonInclude.Include.NON_NULL) TextProtocol scoring,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) long examples) {
    /** Of a model as it is. */
    public Measurement(
            String model,
            Measure metric,
            double value,
            String data,
            String split,
            TextProtocol scoring,
            long examples) {
        this(model, null, 0, 0, metric, value, data, split, scoring, examples);
    }

    /** Of a model as it is, with what it holds less than what was loaded. */
    public Measurement removing(Removed removed) {
        return new Measurement(
                model,
                then,
                removed.parameters(),
                removed.feedForwards(),
                metric,
                value,
                data,
                split,
                scoring,
                examples);
    }

    /** On what it was measured, in words: {@code novels test (613 windows)}. */
    public String sample() {
        String of = examples == 0 ? split : Labels.sample(split, examples, metric);
        return (data + " " + of).strip();
    }
}
