package ffmerge.model;

import ai.djl.ndarray.NDArray;

/** A model that guesses tokens from those before and behind them. */
public interface MaskedLanguageModel extends TextReader {
    /** Scores for each token: {@code [batch, time, vocabulary]}. */
    NDArray logits(HiddenStates last, Pass pass);

    /**
     * Negative log-likelihood, in nats, of the tokens that a {@link ffmerge.data.MaskedBatch} asks for, row by row:
     * {@code [asked for]}.
     *
     * @param last the states after the last layer
     */
    NDArray maskedLosses(HiddenStates last, Pass pass);
}
