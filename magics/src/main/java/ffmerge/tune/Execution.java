package ffmerge.tune;

import ai.djl.Device;
import ffmerge.torch.Precision;
import java.util.List;

/**
 * How a step is computed, as opposed to what is learned.
 *
 * @param products precision of matrix products; weights, their gradients and the optimizer are float32 in any case
 * @param recompute whether a layer's intermediate results are computed once more when its gradient is, rather than kept
 * @param replicas devices that get a copy of the model and a share of each batch beside the model's own; a device may be
 *     named more than once
 */
public record Execution(Precision products, boolean recompute, List<Device> replicas) {
    /** In float32, everything kept, on one device. */
    public static final Execution PLAIN = new Execution(Precision.FLOAT32, false, List.of());
}
