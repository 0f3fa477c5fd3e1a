package ffmerge.tune;

import java.util.List;

/**
 * What tuning did.
 *
 * @param loss of each step
 * @param validation after some steps, the first before any (step 0)
 * @param bestStep after which step the weights were taken that the model now has
 * @param seconds of this run and those that it went on from
 */
public record TuneResult(List<Double> loss, List<Check> validation, int bestStep, double seconds) {
    /** A validation after so many steps. */
    public record Check(int step, double value) {}

    public int steps() {
        return loss.size();
    }

    public double before() {
        return validation.get(0).value();
    }

    /** The value of the best step. */
    public double after() {
        return validation.stream()
                .filter(c -> c.step() == bestStep)
                .findFirst()
                .orElseThrow()
                .value();
    }
}
