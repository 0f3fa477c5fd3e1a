package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.UserError;
import java.util.List;

/**
 * One forward pass: where its arrays live, whether gradients and dropout are on, and who watches.
 *
 * @param scope the manager of all arrays that the pass makes; closing it frees them
 * @param training whether operations are recorded for a gradient and dropout is on
 * @param labelSmoothing share of a training target that is spread over the whole vocabulary
 */
public record Pass(NDManager scope, boolean training, SublayerObserver observer, double labelSmoothing) {
    /** A pass for results only. */
    public static Pass inference(NDManager scope) {
        return new Pass(scope, false, SublayerObserver.NOBODY, 0);
    }

    /** A pass whose loss will be differentiated. */
    public static Pass training(NDManager scope, double labelSmoothing) {
        return new Pass(scope, true, SublayerObserver.NOBODY, labelSmoothing);
    }

    public Pass watchedBy(SublayerObserver other) {
        return new Pass(scope, training, other, labelSmoothing);
    }

    /** Runs a kernel in this pass. */
    NDArray run(String method, Object... arguments) {
        return Kernels.run(scope, training, method, arguments);
    }

    /** Runs a kernel that returns several tensors. */
    List<NDArray> runAll(String method, Object... arguments) {
        return Kernels.runAll(scope, training, method, arguments);
    }

    /** A dropout probability: zero outside training. */
    double dropout(double probability) {
        return training ? probability : 0;
    }

    static double probability(double value, String key) {
        if (!(value >= 0 && value < 1)) {
            throw new UserError("config.json: '" + key + "' should be a probability below 1, is " + value);
        }
        return value;
    }
}
