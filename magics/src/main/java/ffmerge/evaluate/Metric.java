package ffmerge.evaluate;

import ffmerge.data.Batch;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import java.util.List;

/** A measure of quality over a fixed set of batches. It can take a batch up wherever a pass was stopped. */
public interface Metric {
    /** {@code perplexity}, {@code accuracy}, {@code bleu}. */
    String name();

    boolean higherIsBetter();

    /** The batches that make up the measure, in order. */
    List<Batch> batches();

    /**
     * Runs the rest of the model on a batch and measures the result.
     *
     * @param states of the batch, at any layer; they stay valid
     */
    Score score(TransformerModel model, HiddenStates states, Pass pass);

    /** The measure over all batches' scores. */
    double value(Score total);

    /** Whether {@code a} is better than {@code b}. */
    default boolean isBetter(double a, double b) {
        return higherIsBetter() ? a > b : a < b;
    }

    /**
     * Sums over examples, to be added up over batches.
     *
     * @param examples what {@code sum} counts: windows, images, sentences
     * @param sum the sum over examples of what the metric averages
     * @param tokens how many tokens (patches, words) went through the model
     */
    record Score(long examples, double sum, long tokens) {
        public static final Score NONE = new Score(0, 0, 0);

        public Score plus(Score other) {
            return new Score(examples + other.examples, sum + other.sum, tokens + other.tokens);
        }
    }
}
