package ffmerge.average;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.adapter.AdapterSettings;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.merge.OrderedSublayer;
import ffmerge.model.FeedForward;
import ffmerge.model.LowRank;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Kernels;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What each place gets back of its own maps: of a map {@code W_i} that became {@code W} the remainder {@code W_i − W} in so
 * few dimensions, the best for what enters the map. It is the best approximation of {@code (W_i − W) C^½} of that rank, times
 * {@code C^−½}, where {@code C} are the uncentred second moments of the map's inputs in the model as it was.
 */
public record Remainders(TransformerModel model, TransformerModel merged, FeedForwardInputs inputs, int rank) {
    /** The remainders of a place's maps, by the maps' names. */
    public Map<String, LowRank> of(OrderedSublayer ordered) {
        FeedForwardSublayer sublayer = ordered.sublayer();
        Map<String, LowRank> remainders = new LinkedHashMap<>();
        for (String role : maps(sublayer)) {
            try (NDManager scope = model.newScope()) {
                NDArray moments = moments(ordered, role, scope);
                NDArray lost = lost(ordered, role, scope);
                List<NDArray> parts = Kernels.runAll(scope, false, "remainder", lost, moments, rank);
                remainders.put(
                        AdapterSettings.module(sublayer.tensor(role).name()),
                        new LowRank(parts.get(1).toFloatArray(), parts.get(0).toFloatArray()));
            }
        }
        return remainders;
    }

    /** The roles of a sublayer's linear maps, in its tensors' order. */
    public static List<String> maps(FeedForwardSublayer sublayer) {
        return sublayer.tensors().stream()
                .filter(tensor -> tensor.shape().size() == 2)
                .map(FeedForwardTensor::role)
                .toList();
    }

    /** {@code [out, in]}: a map with its units in order less what it became. */
    private NDArray lost(OrderedSublayer ordered, String role, NDManager scope) {
        NDArray own = WholeMaps.weight(ordered, role, scope);
        try (NDArray shared =
                WholeMaps.weight(new OrderedSublayer(merged.checkpoint(), ordered.sublayer(), null), role, scope)) {
            return Kernels.run(scope, false, "difference", own, shared, 1.);
        }
    }

    /** {@code [in, in]}: of the sublayer's inputs, or of its units in order. */
    private NDArray moments(OrderedSublayer ordered, String role, NDManager scope) {
        FeedForwardSublayer sublayer = ordered.sublayer();
        if (!role.equals(FeedForwardTensor.DOWN)) {
            long width = model.architecture().modelWidth();
            return inputs.moments(sublayer, width, false, scope, FeedForwardInputs.Features.INPUTS);
        }
        FeedForward own = FeedForward.of(model, sublayer);
        NDArray places = scope.create(ordered.places());
        return inputs.moments(
                sublayer,
                sublayer.width(),
                false,
                scope,
                (x, batch) -> Kernels.run(batch, false, "select", own.units(x, batch), 1, places));
    }
}
