package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.TensorSpec;
import java.util.List;
import java.util.Map;

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

    /**
     * One of the arrays that a weight consists of, in memory as in files; what all maps of a model share is none.
     *
     * @param name as kernels know it; in files it stands behind the weight's own
     */
    public record Part(String name, DType dtype, List<Long> shape) {
        /** As a file holds it of the weight of this name. */
        TensorSpec of(String weight) {
            return new TensorSpec(weight + "." + name, dtype, shape);
        }
    }

    /** What a linear map consists of. */
    public abstract List<Part> parts(long outputs, long inputs);

    /** Exact bytes of a linear map, what all maps of a model share left out. */
    public final long bytes(long outputs, long inputs) {
        return parts(outputs, inputs).stream()
                .mapToLong(part -> part.of("").bytes())
                .sum();
    }

    /** Whether maps are expanded to floats where they are used, which a graph over all layers would keep until its end. */
    public abstract boolean isExpanded();

    /** Makes the maps of one model; what they share belongs to the manager, as they do. */
    abstract Packing packing(NDManager manager);

    /** Makes weights of the form. */
    interface Packing {
        /**
         * From float32.
         *
         * @param weight stays as it is
         * @param inputsFirst whether it is [in, out], not [out, in]
         */
        Weight rounded(NDArray weight, boolean inputsFirst);

        /**
         * From its parts, by their names.
         *
         * @param shape of the weight as files of floats have it
         * @param inputsFirst whether that is [in, out]
         */
        Weight of(Map<String, NDArray> parts, Shape shape, boolean inputsFirst);
    }

    @Override
    public final String toString() {
        return label;
    }
}
