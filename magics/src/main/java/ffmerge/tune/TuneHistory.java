package ffmerge.tune;

import ffmerge.result.TuneResult;
import java.util.List;

/**
 * What tuning did.
 *
 * @param loss of each step
 * @param validation after some steps, the first before any (step 0)
 * @param bestStep after which step the weights were taken that the model now has
 * @param seconds of this run and those that it went on from
 */
public record TuneHistory(List<Double> loss, List<TuneResult.Checked> validation, int bestStep, double seconds) {
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
