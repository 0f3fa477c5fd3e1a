package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonIgnore;
import ffmerge.Measure;

/**
 * What intervals and tests of so few examples can't show. A bootstrap of few examples draws the same few values again and again,
 * so that its intervals are too narrow (Efron and Tibshirani 1993, §12 and 14), and its p may be as small as its resamples are
 * many. An exact test of paired differences knows better: of n differences each has one of two signs if there is nothing between
 * two models, so that a two-sided p is never below {@code 2 / 2^n} (Fisher's test by signs, 1935): 0.5 of two examples, 0.125 of
 * four, and below 0.05 from six on. Whoever shows a p of few examples shows none below that; the JSON has the bootstrap's own p
 * and, beside the result's numbers, these.
 *
 * @param examples that intervals and tests are over
 * @param leastP the least p that so many can show
 */
public record FewExamples(long examples, double leastP) {
    /** From so many examples on nothing is said. */
    public static final int ENOUGH = 10;

    private static final double LEVEL = 0.05;

    /** @return null where there are enough, or too few for any interval */
    public static FewExamples of(long examples) {
        return examples < 2 || examples >= ENOUGH ? null : new FewExamples(examples, 2 / Math.pow(2, examples));
    }

    /** Whether a difference of so many examples can be told from none. */
    @JsonIgnore
    public boolean canTell() {
        return leastP < LEVEL;
    }

    /** A p that so many examples can show. */
    public static double least(double p, long examples) {
        FewExamples few = of(examples);
        return few == null ? p : Math.max(p, few.leastP);
    }

    /** What a reader is to know, behind a result's sentence; empty where there are enough. */
    public static String sentence(long examples, Measure metric) {
        FewExamples few = of(examples);
        return few == null
                ? ""
                : " Only " + Labels.counted(examples, metric.examples()) + ": intervals of fewer than " + ENOUGH
                        + " are rough and rather too narrow, and p can't be below " + Labels.chance(few.leastP) + ".";
    }
}
