package ffmerge.merge;

import java.util.Locale;

/** What the sublayers of a group become, once their units are in order. */
public enum Average {
    /** The mean of their values: the paper's. */
    MEAN,
    /** Each linear map as least squares has it, over what enters it and what should come out (Jin et al. 2023). */
    REGRESSION,
    /** The anchor's own values: the control in which nothing is averaged. */
    ANCHOR,
    /** Random values, as a model of the family begins with: the control in which nothing is kept. */
    FRESH,
    /** A mean in which a unit counts by how much it adds to its sublayer's output. */
    WEIGHTED;

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether it depends on which unit goes with which. */
    public boolean isOfUnits() {
        return this != ANCHOR && this != FRESH;
    }

    /** Whether it is worked out from what enters the sublayers. */
    public boolean readsInputs() {
        return this == REGRESSION || this == WEIGHTED;
    }
}
