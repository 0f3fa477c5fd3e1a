package ffmerge.lab;

import ffmerge.UserError;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How an exercise is checked: each check says what is right, or fails its cell with a hint. A cell that fails gives no
 * points where nbgrader grades it.
 *
 * <pre>{@code
 * check("as many places as units", order.length == 8, "an order of 8 units has 8 places");
 * check("the correlation", yours, right, slip(covariance, "divide by both standard deviations"));
 * }</pre>
 */
public final class Check {
    /** As near as two ways to compute the same number come, and nearer than any slip. */
    private static final double TOLERANCE = 1e-6;

    /** Weights that are copied or averaged differ by rounding alone. */
    private static final double ROUNDING = 1e-9;

    private Check() {}

    /**
     * Says that something holds.
     *
     * @param hint what to look at where it doesn't
     * @throws UserError if it doesn't hold
     */
    public static void check(String what, boolean holds, String hint) {
        if (!holds) {
            throw new UserError("not yet: " + what + ". Hint: " + hint);
        }
        System.out.println("✓ " + what);
    }

    /**
     * Says that a number is right.
     *
     * @param yours NaN stands for an answer that isn't written yet
     * @param slips what the number would be after a well-known mistake
     * @throws UserError if it is another, with the hint of the slip that gives it
     */
    public static void check(String what, double yours, double right, Slip... slips) {
        answered(what, !Double.isNaN(yours));
        if (isNear(yours, right)) {
            System.out.println("✓ " + what);
            return;
        }
        String hint = Arrays.stream(slips)
                .filter(slip -> isNear(yours, slip.value()))
                .map(Slip::hint)
                .findFirst()
                .orElseGet(() -> Arrays.stream(slips)
                        .filter(slip -> Double.isNaN(slip.value()))
                        .map(Slip::hint)
                        .findFirst()
                        .orElse("go through the definition above once more"));
        throw new UserError("not yet: " + what + " is not " + written(yours) + ". Hint: " + hint);
    }

    /**
     * Says that all numbers of an array are right, but for rounding.
     *
     * @throws UserError if one isn't, or if there are more or fewer
     */
    public static void check(String what, double[] yours, double[] right, String hint) {
        check(what, isNear(yours, right), hint);
    }

    /**
     * Says that all rows of a matrix are right, but for rounding.
     *
     * @throws UserError if one isn't, or if there are more or fewer
     */
    public static void check(String what, double[][] yours, double[][] right, String hint) {
        boolean holds = yours.length == right.length
                && IntStream.range(0, right.length).allMatch(row -> isNear(yours[row], right[row]));
        check(what, holds, hint);
    }

    /**
     * Says that an answer in a word is right, but for capitals, space around it and a full stop.
     *
     * @throws UserError if it is another
     */
    public static void check(String what, String yours, String right, String hint) {
        check(what, word(yours).equals(word(right)), hint);
    }

    /**
     * Says that a question was rightly answered with yes or no, or with y or n, whatever the capitals, space around it
     * and a full stop.
     *
     * @throws UserError if it was not, or neither with yes nor with no
     */
    public static void check(String what, String yours, boolean right, String hint) {
        boolean isYes = switch (word(yours)) {
            case "yes", "y" -> true;
            case "no", "n" -> false;
            default -> throw new UserError("not yet: " + what + ". Hint: answer yes or no");
        };
        check(what, isYes == right, hint);
    }

    /** An answer without what doesn't matter: small letters, no space around it, no full stop. */
    private static String word(String answer) {
        return answer.strip().toLowerCase(Locale.ROOT).replaceFirst("\\s*\\.$", "");
    }

    /** Answers of a word each, in small letters, without space around them or a full stop. */
    public static Set<String> words(Set<String> answers) {
        return answers.stream().map(Check::word).collect(Collectors.toSet());
    }

    /** Counts as they are counted: 8, not 8.0. */
    private static String written(double number) {
        return number == Math.rint(number) && Math.abs(number) < 1e15
                ? String.valueOf((long) number)
                : String.valueOf(number);
    }

    /**
     * Says that an answer was given at all.
     *
     * @throws UserError if it wasn't
     */
    public static void answered(String what, boolean isGiven) {
        if (!isGiven) {
            throw new UserError(
                    "not yet: " + what + ". Hint: write your answer into the cell above, run it, then run this one");
        }
    }

    /** A wrong number, and what whoever comes upon it has overlooked. */
    public static Slip slip(double value, String hint) {
        return new Slip(value, hint);
    }

    /** What to look at whatever the wrong number is. */
    public static Slip otherwise(String hint) {
        return new Slip(Double.NaN, hint);
    }

    /** @param value NaN for any that no other slip gives */
    public record Slip(double value, String hint) {}

    private static boolean isNear(double a, double b) {
        return isNear(a, b, TOLERANCE);
    }

    private static boolean isNear(double[] a, double[] b) {
        return a.length == b.length && IntStream.range(0, a.length).allMatch(i -> isNear(a[i], b[i], ROUNDING));
    }

    private static boolean isNear(double a, double b, double tolerance) {
        return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
    }
}
