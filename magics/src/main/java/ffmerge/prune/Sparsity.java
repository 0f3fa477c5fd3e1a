package ffmerge.prune;

import ffmerge.UserError;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** The share of weights or units that go: at least 0, below 1. */
public record Sparsity(double share) {
    private static final int MOST_DIGITS = 16;

    /** @throws UserError if nothing would be left, or the share is none */
    public static Sparsity of(double share) {
        if (!(share >= 0 && share < 1)) {
            throw new UserError("--sparsity is a share from 0 to below 1, so that something is left, not " + share);
        }
        return new Sparsity(share);
    }

    /** The share of fewest digits that takes so many of all: 0.67 for 2 of 3. */
    public static double taking(int gone, int all) {
        BigDecimal exact = BigDecimal.valueOf(gone).divide(BigDecimal.valueOf(all), MOST_DIGITS, RoundingMode.CEILING);
        for (int digits = 1; digits < MOST_DIGITS; digits++) {
            double share = exact.setScale(digits, RoundingMode.CEILING).doubleValue();
            if (share < 1 && new Sparsity(share).of(all) == gone) {
                return share;
            }
        }
        throw new IllegalArgumentException("no share takes " + gone + " of " + all);
    }

    /** The share in digits, 0.0001 rather than 1.0E-4. */
    public String written() {
        return BigDecimal.valueOf(share).toPlainString();
    }

    /** How many go of so many: rounded down, of the share as it is written, so that 0.29 of 100 are 29. */
    public int of(int all) {
        return BigDecimal.valueOf(share)
                .multiply(BigDecimal.valueOf(all))
                .setScale(0, RoundingMode.FLOOR)
                .intValueExact();
    }
}
