package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * How a model's value differs from another's on the same examples.
 *
 * @param to the model that it is compared with
 * @param value the model's less the other's
 * @param interval of 95 %, of the paired difference
 * @param p the chance of so large a difference if there were none
 * @param pHolm p by Holm's correction, where several were tested; else null
 */
public record Difference(
        String to,
        double value,
        Interval interval,
        double p,
        @JsonInclude(JsonInclude.Include.NON_NULL) Double pHolm) {
    public Difference corrected(double by) {
        return new Difference(to, value, interval, p, by);
    }

    /** The p that counts: the corrected one, where several were tested. */
    public double pOfAll() {
        return pHolm == null ? p : pHolm;
    }
}
