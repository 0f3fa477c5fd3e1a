package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** A weight in the form in which native memory holds it. Names that are tied stand for one and the same. */
interface Weight {
    /** What it is held in where that is not floats. */
    Optional<WeightForm> form();

    /** As files have it. */
    Shape shape();

    /** Whether files have it as [in, out], not as [out, in]. */
    boolean inputsFirst();

    /** How wide what comes out of its linear map is. */
    default long outputs() {
        return shape().get(inputsFirst() ? 1 : 0);
    }

    /** The array that stands for it: its values, or their codes. */
    NDArray array();

    /** Bytes that it holds, the tables that it shares with others left out. */
    long bytes();

    /** The arrays by the names that kernels know. */
    Map<String, NDArray> parts();

    /** What it consists of in a form of its own; nothing if it is floats. */
    default List<WeightForm.Part> consistsOf() {
        long inputs = shape().size() / outputs();
        return form().map(form -> form.parts(outputs(), inputs)).orElse(List.of());
    }

    /** Copies {@code into.remaining()} values from an element on, in the order in which files have them. */
    void copyOut(long from, FloatBuffer into);

    /** The same weight in other arrays. */
    Weight map(UnaryOperator<NDArray> of);

    /** Whether its arrays are the values themselves, which training can change. */
    default boolean isPlain() {
        return form().isEmpty();
    }
}
