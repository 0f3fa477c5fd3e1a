package ffmerge.evaluate;

import ai.djl.ndarray.NDArray;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import java.util.function.Function;

/** What a model makes of a batch that some layers have seen. */
final class LastStates {
    private LastStates() {}

    /**
     * Runs the rest of the layers, and then the head.
     *
     * @param states stay valid
     * @param head of the last states
     */
    static float[] read(TransformerModel model, HiddenStates states, Pass pass, Function<HiddenStates, NDArray> head) {
        HiddenStates last = model.advance(states, model.layers(), pass);
        try (NDArray made = head.apply(last)) {
            return made.toFloatArray();
        } finally {
            if (last.x() != states.x()) {
                last.close();
            }
        }
    }
}
