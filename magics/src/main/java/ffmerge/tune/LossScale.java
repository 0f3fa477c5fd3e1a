package ffmerge.tune;

import ffmerge.torch.Precision;

/**
 * By what a loss is multiplied so that float16 can hold its gradients (Micikevicius et al. 2018), with the numbers of
 * torch's {@code GradScaler}: halved when gradients overflow, doubled after many steps in which none did.
 */
final class LossScale {
    private static final double FIRST = 65536;
    private static final int STEPS_TO_GROWTH = 2000;

    private final boolean needed;
    private double factor;
    private int good;
    private int skipped;

    /** @param products only float16 needs a scale */
    LossScale(Precision products) {
        needed = products == Precision.FLOAT16;
        factor = needed ? FIRST : 1;
    }

    double factor() {
        return factor;
    }

    /** How many steps were skipped as their gradients overflowed. */
    int skipped() {
        return skipped;
    }

    /** Whether gradients may overflow, so that they have to be looked at. */
    boolean isNeeded() {
        return needed;
    }

    /** @param overflow whether the step was skipped */
    void update(boolean overflow) {
        if (!needed) {
            return;
        }
        if (overflow) {
            factor /= 2;
            good = 0;
            skipped++;
        } else if (++good == STEPS_TO_GROWTH) {
            factor *= 2;
            good = 0;
        }
    }

    /** What of this is kept with unfinished tuning. */
    record State(double factor, int good, int skipped) {}

    State state() {
        return new State(factor, good, skipped);
    }

    void restore(State state) {
        factor = state.factor();
        good = state.good();
        skipped = state.skipped();
    }
}
