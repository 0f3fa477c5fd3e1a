package ffmerge.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.UserError;
import ffmerge.architecture.Settings;
import java.util.Map;

/**
 * What a stack's attention adds to its scores by the distance of two tokens, the same in all layers (T5): near distances each
 * have a bias of their own, farther ones share it by their logarithm.
 */
final class RelativeBias implements KernelArgument {
    /** Where attention doesn't look at distances. */
    static final RelativeBias NONE = new RelativeBias(Map.of());

    private final Map<String, NDArray> parts;

    private RelativeBias(Map<String, NDArray> parts) {
        this.parts = parts;
    }

    /**
     * @param biases {@code [buckets, heads]}
     * @param causal whether tokens look back only; else half of the buckets are for each direction
     * @throws UserError if there are too few buckets, or the distances that share one are no farther than those that don't
     */
    static RelativeBias of(NDArray biases, boolean causal, Settings settings, NDManager manager) {
        int buckets = Math.toIntExact(biases.getShape().get(0)) / (causal ? 1 : 2);
        int exact = buckets / 2; // distances that have one of their own
        int furthest = settings.size("furthest");
        if (exact < 1 || furthest <= exact) {
            throw new UserError(String.format(
                    "%s: '%s' is %d and '%s' %d: positions need at least 4 of the one, and more than half as many of"
                            + " the other",
                    settings.config().source(),
                    settings.key("buckets"),
                    biases.getShape().get(0),
                    settings.key("furthest"),
                    furthest));
        }
        NDManager cpu = manager.newSubManager(Device.cpu());
        return new RelativeBias(Map.of("biases", biases, "range", cpu.create(Math.log((double) furthest / exact))));
    }

    @Override
    public Map<String, NDArray> parts(boolean training) {
        return parts;
    }
}
