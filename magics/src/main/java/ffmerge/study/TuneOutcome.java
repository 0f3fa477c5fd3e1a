package ffmerge.study;

import java.util.List;

/**
 * A model fine-tuned.
 *
 * @param result the new model
 * @param loss the training loss of each step
 * @param metric what {@code before}, {@code after} and {@code validation} measure on the validation split
 * @param validation measured while tuning
 * @param bestStep after which step the result's weights were taken
 */
public record TuneOutcome(
        String model,
        String result,
        int steps,
        List<Double> loss,
        String metric,
        double before,
        double after,
        List<Checked> validation,
        int bestStep,
        double seconds,
        double stepsPerSecond)
        implements Result {
    /** The validation metric after a step. */
    public record Checked(int step, double value) {}
}
