package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.generate.GenerationSettings;
import java.util.List;

/** A model of two stacks that turns sentences into sentences. */
public interface TranslationModel {
    /** The longest sentence that the model takes or makes, in tokens; {@link Integer#MAX_VALUE} where none is too long. */
    int positions();

    /** The longest sentence that the model is meant for, in tokens, whatever it takes. */
    int usualLength();

    int vocabulary();

    /** How the model's own files say that sentences are generated. */
    GenerationSettings generation();

    /** Scores for each target token, given the source and the target tokens before it: {@code [batch, time, vocabulary]}. */
    NDArray logits(HiddenStates last, Pass pass);

    /**
     * Translates a batch's sources; its targets are not looked at.
     *
     * @param states of the batch, at any layer; they stay valid
     * @param scope of what is needed on the way
     * @return the tokens of each translation, in the batch's order, without the start token
     */
    List<int[]> translate(HiddenStates states, GenerationSettings settings, NDManager scope);
}
