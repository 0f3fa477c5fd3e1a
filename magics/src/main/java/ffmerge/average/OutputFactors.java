package ffmerge.average;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.model.FeedForward;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Kernels;

/**
 * What each channel of a merged sublayer's output is multiplied by in its place: the least-squares factor
 * {@code s = Σ y ŷ / Σ ŷ²} over the outputs {@code y} of the model as it was and {@code ŷ} of the merged one, both for what
 * enters the sublayer in the model as it was.
 */
public record OutputFactors(TransformerModel model, TransformerModel merged, FeedForwardInputs inputs) {
    /** The factors of a place, {@code [model]}; 1 where the merged sublayer gives nothing. */
    public float[] of(FeedForwardSublayer sublayer) {
        FeedForward before = FeedForward.of(model, sublayer);
        FeedForward after = FeedForward.of(merged, sublayer);
        try (NDManager scope = model.newScope()) {
            NDArray sums = WholeMaps.zeros(scope, 2, model.architecture().modelWidth());
            inputs.replay(sublayer, scope, (x, batch) -> {
                NDArray wanted = before.output(before.units(x, batch), batch);
                NDArray given = after.output(after.units(x, batch), batch);
                Kernels.execute("add_scale_sums", sums, wanted, given);
            });
            double[] both = sums.toDoubleArray();
            float[] factors = new float[both.length / 2];
            for (int channel = 0; channel < factors.length; channel++) {
                double squares = both[factors.length + channel];
                factors[channel] = squares > 0 ? (float) (both[channel] / squares) : 1;
            }
            return factors;
        }
    }
}
