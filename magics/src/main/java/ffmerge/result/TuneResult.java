package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import ffmerge.Measure;
import java.util.List;

/**
 * A model fine-tuned.
 *
 * @param result the new model
 * @param loss the training loss of each step
 * @param metric what {@code before}, {@code after} and {@code validation} measure on the validation split
 * @param validation measured while tuning
 * @param bestStep after which step the result's weights were taken
 * @param adapterParameters how many parameters were trained, if these are of adapters; 0 if all weights were tuned
 * @param scoring by which protocol a text was scored; null where none was
 * @param data it learnt from, and was validated on
 * @param questions that it was validated on instead; null where it was validated on its data
 * @param examples of the validation split that it was validated on, from its start
 * @param tuningTokens that went through the model in training; patches of images
 * @param distilled from whom it learned beside the data; null where from nobody
 */
public record TuneResult(
        String model,
        String result,
        int steps,
        List<Double> loss,
        Measure metric,
        double before,
        double after,
        List<Checked> validation,
        int bestStep,
        double seconds,
        double stepsPerSecond,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) long adapterParameters,
        @JsonUnwrapped TextProtocol scoring,
        String data,
        @JsonInclude(JsonInclude.Include.NON_NULL) String questions,
        long examples,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) long tuningTokens,
        @JsonUnwrapped Distilled distilled)
        implements Result {
    /**
     * A teacher's part in tuning.
     *
     * @param teacher how it came to be
     * @param distill its share of the loss
     */
    public record Distilled(String teacher, double temperature, double distill) {}

    /** The validation metric after a step. */
    public record Checked(int step, double value) {}

    /** The new model, on the validation examples that tuning looked at; no data is named, as it's no result of its own. */
    @Override
    public List<Measurement> measurements() {
        return List.of(new Measurement(result, metric, after, "", "validation", null, examples));
    }
}
