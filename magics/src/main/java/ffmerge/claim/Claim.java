package ffmerge.claim;

import ffmerge.UserError;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;

/**
 * A sentence of a notebook beside the numbers that bear it out. Where they do, the cell says so with the numbers; where
 * they no longer do, it fails, so that a notebook can't say what its own tables deny:
 *
 * <pre>{@code
 * claim("Permuting costs less than averaging units as they stand, in every window.")
 *         .eachBelow(windows.values("permute"), windows.values("none"));
 * }</pre>
 *
 * <p>A claim should hold on every machine: leave room for other processors' rounding, and claim no order of numbers that
 * lie as near to each other as those of two seeds or of two samples.
 */
public final class Claim {
    private final String sentence;
    /** Why nothing is looked at; empty where it is. */
    private final String open;

    private boolean told;

    private Claim(String sentence, String open) {
        this.sentence = sentence;
        this.open = open;
    }

    /** Begins a claim; nothing is looked at yet. */
    public static Claim claim(String sentence) {
        return new Claim(sentence, "");
    }

    /**
     * The same claim, left open unless a condition holds: what is true of 40 steps of tuning need not be true of two.
     *
     * @param where the condition in words: {@code "with 20 steps of tuning or more"}
     */
    public Claim onlyIf(boolean condition, String where) {
        return condition || !open.isEmpty() ? this : new Claim(sentence, "looked at only " + where);
    }

    /** Both numbers are named, as in {@code below("merged", 85.38, "dropped", 91.06)}. */
    public Claim below(String what, double value, String than, double limit) {
        return eachBelow(Map.of(what, value), Map.of(what, limit), than);
    }

    public Claim above(String what, double value, String than, double limit) {
        return eachAbove(Map.of(what, value), Map.of(what, limit), than);
    }

    /** Every value is below the one of the same name. */
    public Claim eachBelow(Map<String, Double> values, Map<String, Double> limits) {
        return eachBelow(values, limits, "");
    }

    /** Every value is above the one of the same name. */
    public Claim eachAbove(Map<String, Double> values, Map<String, Double> limits) {
        return eachAbove(values, limits, "");
    }

    /** Every value is below one limit. */
    public Claim eachBelow(Map<String, Double> values, String than, double limit) {
        return eachBelow(values, same(values, limit), than);
    }

    /** Every value is above one limit. */
    public Claim eachAbove(Map<String, Double> values, String than, double limit) {
        return eachAbove(values, same(values, limit), than);
    }

    private Claim eachBelow(Map<String, Double> values, Map<String, Double> limits, String than) {
        return look(values, limits, than, "<", (value, limit) -> limit - value);
    }

    private Claim eachAbove(Map<String, Double> values, Map<String, Double> limits, String than) {
        return look(values, limits, than, ">", (value, limit) -> value - limit);
    }

    private static Map<String, Double> same(Map<String, Double> values, double limit) {
        Map<String, Double> limits = new LinkedHashMap<>();
        values.keySet().forEach(name -> limits.put(name, limit));
        return limits;
    }

    /** @param room how far a value is on the right side; not above 0, or NaN, where it isn't there */
    private Claim look(
            Map<String, Double> values,
            Map<String, Double> limits,
            String than,
            String sign,
            DoubleBinaryOperator room) {
        if (values.isEmpty() || !limits.keySet().containsAll(values.keySet())) {
            throw new UserError("the claim \"" + sentence + "\" is about " + values.keySet() + " and " + limits.keySet()
                    + ": give both the same names, one at least");
        }
        if (!open.isEmpty()) {
            tell("left open: " + open);
            return this;
        }
        String closest = "";
        double least = Double.POSITIVE_INFINITY;
        for (String name : values.keySet()) {
            double value = values.get(name);
            double limit = limits.get(name);
            double by = room.applyAsDouble(value, limit);
            String compared =
                    name + " " + number(value) + " " + sign + " " + number(limit) + (than.isEmpty() ? "" : " " + than);
            if (!(by > 0)) {
                throw new UserError("the numbers don't bear out \"" + sentence + "\", as this isn't so: " + compared
                        + ". Say what they show, or find out what has changed them (model, data, budget, code)");
            }
            if (by < least) {
                least = by;
                closest = compared;
            }
        }
        tell("holds: " + (values.size() == 1 ? "" : "closest of " + values.size() + ": ") + closest);
        return this;
    }

    /** The sentence stands once above all that is looked at. */
    private void tell(String line) {
        System.out.println((told ? "" : "Claim: " + sentence + "\n") + "    " + line);
        told = true;
    }

    /** Three digits behind the point of what is small, two of the rest, as tables have them. */
    private static String number(double value) {
        return String.format(Locale.ROOT, Math.abs(value) < 10 ? "%.3f" : "%,.2f", value);
    }
}
