package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * A form in which linear maps are held in fewer bits than a float. Its values are rounded, so no averages are made of them,
 * and frozen: training goes on in adapters beside them. Forms are in {@link WeightForms}.
 */
public abstract class WeightForm {
    private final String label;
    private final String title;
    private final String size;

    /**
     * @param label the word for it in commands and results: {@code nf4}
     * @param title as tables and charts have it: {@code NF4}
     * @param size what a parameter takes, in words: {@code 4.127 bits a parameter}
     */
    WeightForm(String label, String title, String size) {
        this.label = label;
        this.title = title;
        this.size = size;
    }

    public final String label() {
        return label;
    }

    public final String title() {
        return title;
    }

    public final String size() {
        return size;
    }

    /** Exact bytes of a linear map, what all maps of a model share left out. */
    public abstract long bytes(long outputs, long inputs);

    /** Whether maps are expanded to floats where they are used, which a graph over all layers would keep until its end. */
    public abstract boolean isExpanded();

    /** Rounds the maps of one model; what they share belongs to the manager, as they do. */
    abstract Rounding rounding(NDManager manager);

    /** From float32 to the form. */
    @FunctionalInterface
    interface Rounding {
        /**
         * @param weight stays as it is
         * @param inputsFirst whether it is [in, out], not [out, in]
         */
        Weight rounded(NDArray weight, boolean inputsFirst);
    }

    @Override
    public final String toString() {
        return label;
    }
}
