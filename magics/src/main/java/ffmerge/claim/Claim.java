package ffmerge.claim;

import ffmerge.UserError;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A sentence of a notebook beside the numbers that bear it out. Where they do, the cell says so with the numbers; where
 * they no longer do, it fails, so that a notebook can't say what its own tables deny:
 *
 * <pre>{@code
 * claim("Permuting costs less than averaging units as they stand, in every window.",
 *         eachBelow(windows.values("permute"), windows.values("none")));
 * }</pre>
 *
 * <p>A claim should hold on every machine: leave room for other processors' rounding, and claim no order of numbers that
 * lie as near to each other as those of two seeds or of two samples.
 */
public final class Claim {
    private Claim() {}

    /**
     * Says that a sentence holds, and by which numbers.
     *
     * @throws UserError if a comparison isn't so
     */
    public static void claim(String sentence, Comparison... comparisons) {
        System.out.println("Claim: " + sentence);
        for (Comparison comparison : comparisons) {
            System.out.println("    holds: " + comparison.closest(sentence));
        }
    }

    /**
     * The same, left open unless a condition holds: what is true of 40 steps of tuning need not be true of two.
     *
     * @param where the condition in words: {@code "with 20 steps of tuning or more"}
     */
    public static void claimIf(boolean condition, String where, String sentence, Comparison... comparisons) {
        if (condition) {
            claim(sentence, comparisons);
        } else {
            System.out.println("Claim: " + sentence + "\n    left open: looked at only " + where);
        }
    }

    /** Both numbers are named: {@code below("merged", 85.38, "dropped", 91.06)}. */
    public static Comparison below(String what, double value, String than, double limit) {
        return eachBelow(Map.of(what, value), than, limit);
    }

    /** Both numbers are named: {@code above("dropped", 91.06, "merged", 85.38)}. */
    public static Comparison above(String what, double value, String than, double limit) {
        return eachAbove(Map.of(what, value), than, limit);
    }

    /** Every value is below the one of the same name. */
    public static Comparison eachBelow(Map<String, Double> values, Map<String, Double> limits) {
        return new Comparison(true, pairs(values, limits));
    }

    /** Every value is above the one of the same name. */
    public static Comparison eachAbove(Map<String, Double> values, Map<String, Double> limits) {
        return new Comparison(false, pairs(values, limits));
    }

    /** Every value is below one limit. */
    public static Comparison eachBelow(Map<String, Double> values, String than, double limit) {
        return new Comparison(true, pairs(values, than, limit));
    }

    /** Every value is above one limit. */
    public static Comparison eachAbove(Map<String, Double> values, String than, double limit) {
        return new Comparison(false, pairs(values, than, limit));
    }

    private static List<Pair> pairs(Map<String, Double> values, Map<String, Double> limits) {
        if (!values.keySet().equals(limits.keySet())) {
            throw new UserError("a claim compares what has the same names: " + values.keySet() + " and "
                    + limits.keySet() + " haven't");
        }
        return values.entrySet().stream()
                .map(e -> new Pair(e.getKey(), e.getValue(), "", limits.get(e.getKey())))
                .toList();
    }

    private static List<Pair> pairs(Map<String, Double> values, String than, double limit) {
        return values.entrySet().stream()
                .map(e -> new Pair(e.getKey(), e.getValue(), than, limit))
                .toList();
    }

    private record Pair(String what, double value, String than, double limit) {
        String words(String sign) {
            return (what + " " + number(value) + " " + sign + " " + number(limit) + " " + than).strip();
        }

        /** Three digits behind the point of what is small, two of the rest, as tables have them. */
        private static String number(double value) {
            return String.format(Locale.ROOT, Math.abs(value) < 10 ? "%.3f" : "%,.2f", value);
        }
    }

    /** Numbers, each on the right side of another. */
    public static final class Comparison {
        private final boolean below;
        private final List<Pair> pairs;

        private Comparison(boolean below, List<Pair> pairs) {
            this.below = below;
            this.pairs = pairs;
            if (pairs.isEmpty()) {
                throw new UserError("a claim is about some numbers; there are none here");
            }
        }

        /** The pair that is nearest to being on the wrong side, in words. */
        private String closest(String sentence) {
            Pair closest = pairs.get(0);
            for (Pair pair : pairs) {
                if (!(room(pair) > 0)) { // nor if it is NaN
                    throw new UserError("the numbers don't bear out \"" + sentence + "\", as this isn't so: "
                            + pair.words(below ? "<" : ">")
                            + ". Say what they show, or find out what has changed them (model, data, budget, code)");
                }
                closest = room(pair) < room(closest) ? pair : closest;
            }
            return (pairs.size() == 1 ? "" : "closest of " + pairs.size() + ": ") + closest.words(below ? "<" : ">");
        }

        private double room(Pair pair) {
            return below ? pair.limit() - pair.value() : pair.value() - pair.limit();
        }
    }
}
