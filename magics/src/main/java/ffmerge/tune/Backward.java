package ffmerge.tune;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.training.GradientCollector;
import ffmerge.data.Batch;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.model.WeightForm;
import ffmerge.torch.Kernels;
import ffmerge.torch.Torch;

/** The gradients of a batch as a step of tuning computes them, for tuning and for what measures its time beforehand. */
public final class Backward {
    private Backward() {}

    /** Whether layers are run twice: a graph over all of them would keep every weight that is expanded until its end. */
    public static boolean isLayerByLayer(TransformerModel model, boolean recompute) {
        return recompute || model.parameters().form().stream().anyMatch(WeightForm::isExpanded);
    }

    /**
     * Adds the gradients of the batch's mean loss, times a factor, to those of the model's parameters.
     *
     * @param recompute whether layers are run twice instead of keeping what they computed
     * @return the mean loss, a scalar of the pass's scope
     */
    public static NDArray of(TransformerModel model, Batch batch, Pass pass, double factor, boolean recompute) {
        try (GradientCollector gradients = Engine.getEngine(Torch.ENGINE).newGradientCollector()) {
            if (isLayerByLayer(model, recompute)) {
                return Recomputation.backward(model, batch, pass, factor);
            }
            NDArray loss = model.loss(batch, pass);
            gradients.backward(Kernels.run(pass.scope(), true, "scaled", loss, factor));
            return loss;
        }
    }
}
