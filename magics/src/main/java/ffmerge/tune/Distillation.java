package ffmerge.tune;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.data.Batch;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.SoftTargets;
import ffmerge.model.TransformerModel;

/**
 * A teacher from which a model learns; {@link SoftTargets} has the loss. The teacher runs without dropout and without a
 * gradient.
 *
 * @param temperature by which both models' scores are softened, above 0
 * @param weight share of the loss that the teacher has, from 0 to 1
 */
public record Distillation(TransformerModel teacher, double temperature, double weight) {
    public Distillation {
        if (!(temperature > 0) || !(weight >= 0 && weight <= 1)) {
            throw new IllegalArgumentException("temperature " + temperature + ", weight " + weight);
        }
    }

    /** What the teacher says of a batch, on the device of the scope. */
    SoftTargets targets(Batch batch, NDManager scope) {
        try (NDManager own = teacher.newScope()) {
            Pass pass = Pass.inference(own);
            HiddenStates last = teacher.advance(teacher.embed(batch, pass), teacher.layers(), pass);
            NDArray logits = SoftTargets.logits(teacher, last, pass);
            NDArray here = logits.toDevice(scope.getDevice(), false);
            here.attach(scope);
            return new SoftTargets(here, temperature, weight);
        }
    }
}
