package ffmerge.evaluate;

import ffmerge.data.Batch;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A measure of quality over a fixed set of batches. It can take a batch up wherever a pass was stopped. */
public interface Metric {
    /** {@code perplexity}, {@code accuracy}, {@code bleu}. */
    String name();

    boolean higherIsBetter();

    /** The batches that make up the measure, in order. They may be made only when they are asked for. */
    List<Batch> batches();

    /** How much goes through the model, without making the batches. */
    Work work();

    /**
     * Runs the rest of the model on a batch and measures the result.
     *
     * @param states of the batch, at any layer; they stay valid
     */
    Score score(TransformerModel model, HiddenStates states, Pass pass);

    /** The measure over all batches' scores. */
    double value(Score total);

    /** Further measures by name, as {@code top-5 accuracy}, in the unit of the measure itself. */
    default Map<String, Double> also(Score total) {
        return Map.of();
    }

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
     * @param also sums of what the metric measures besides, as many as it likes
     */
    record Score(long examples, double sum, long tokens, List<Double> also) {
        public static final Score NONE = new Score(0, 0, 0);

        public Score(long examples, double sum, long tokens) {
            this(examples, sum, tokens, List.of());
        }

        public Score plus(Score other) {
            List<Double> sums = new ArrayList<>(also.size() > other.also.size() ? also : other.also);
            for (int i = 0; i < Math.min(also.size(), other.also.size()); i++) {
                sums.set(i, also.get(i) + other.also.get(i));
            }
            return new Score(examples + other.examples, sum + other.sum, tokens + other.tokens, List.copyOf(sums));
        }
    }

    /**
     * @param tokens that go through the model
     * @param scored how many predictions are asked for
     */
    record Work(long tokens, long scored) {}
}
