package ffmerge.model;

import ai.djl.ndarray.NDArray;

/** A model that predicts each token from those before it. */
public interface LanguageModel extends TextReader {
    /** Scores for each next token: {@code [batch, time, vocabulary]}. */
    NDArray logits(HiddenStates last, Pass pass);

    /**
     * Negative log-likelihood, in nats, of the tokens that the batch scores: {@code [batch, length − scoredFrom]}.
     *
     * @param last the states after the last layer
     */
    NDArray tokenLosses(HiddenStates last, Pass pass);
}
