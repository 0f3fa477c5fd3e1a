package ffmerge.lab;

import ffmerge.UserError;
import java.util.Arrays;

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
        return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b));
    }
}
