package ffmerge.tune;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * What parameters have collected.
 *
 * @param parameters each once
 * @param arrays their gradients, in the same order; an open handle would keep a gradient alive
 */
record Gradients(Collection<NDArray> parameters, List<NDArray> arrays) implements AutoCloseable {
    static Gradients of(Map<String, NDArray> parameters) {
        return new Gradients(
                parameters.values(),
                parameters.values().stream().map(NDArray::getGradient).toList());
    }

    /** Lets the parameters start collecting anew. */
    void forget() {
        parameters.forEach(parameter -> JniUtils.zeroGrad((PtNDArray) parameter));
    }

    @Override
    public void close() {
        arrays.forEach(NDArray::close);
    }
}
