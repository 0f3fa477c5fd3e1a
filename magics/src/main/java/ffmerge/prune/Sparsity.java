package ffmerge.prune;

import ffmerge.UserError;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** The share of weights or units that go: at least 0, below 1. */
public record Sparsity(double share) {
    /** @throws UserError if nothing would be left, or the share is none */
    public static Sparsity of(double share) {
        if (!(share >= 0 && share < 1)) {
            throw new UserError("--sparsity is a share from 0 to below 1, so that something is left, not " + share);
        }
        return new Sparsity(share);
    }

    /** How many go of so many: rounded down, of the share as it is written, so that 0.29 of 100 are 29. */
    public int of(int all) {
        return BigDecimal.valueOf(share)
                .multiply(BigDecimal.valueOf(all))
                .setScale(0, RoundingMode.FLOOR)
                .intValueExact();
    }
}
