package ffmerge.evaluate;

import ffmerge.Measure;
import ffmerge.data.Batch;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.result.TextProtocol;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A measure of quality over a fixed set of batches. It can take a batch up wherever a pass was stopped. */
public interface Metric {
    /** What is measured. */
    Measure measure();

    /** The batches that make up the measure, in order. They may be made only when they are asked for. */
    List<Batch> batches();

    /** How much goes through the model, without making the batches. */
    Work work();

    /** How many examples are measured: windows, images, sentences. */
    default long examples() {
        return batches().stream().mapToLong(Batch::rows).sum();
    }

    /**
     * Runs the rest of the model on a batch and measures the result.
     *
     * @param states of the batch, at any layer; they stay valid
     */
    Score score(TransformerModel model, HiddenStates states, Pass pass);

    /** The measure over all batches' scores. */
    double value(Score total);

    /** What else is worth telling beside the value, by name: other measures, how the value was computed. */
    default Map<String, String> details(Score total) {
        return Map.of();
    }

    /** By what protocol a text is scored, where one is. */
    default Optional<TextProtocol> protocol() {
        return Optional.empty();
    }

    /**
     * Sums over examples, to be added up over batches.
     *
     * @param examples how many were measured: windows, images, sentences
     * @param sums over examples, of what the measure is computed from: one loss, or counts of several kinds
     * @param tokens how many tokens (patches, words) went through the model
     */
    record Score(long examples, double[] sums, long tokens) {
        public static final Score NONE = new Score(0, new double[0], 0);

        /** The score of a metric that averages one number. */
        public Score(long examples, double sum, long tokens) {
            this(examples, new double[] {sum}, tokens);
        }

        public double sum() {
            return sums[0];
        }

        public Score plus(Score other) {
            double[] total = Arrays.copyOf(sums, Math.max(sums.length, other.sums.length));
            for (int i = 0; i < other.sums.length; i++) {
                total[i] += other.sums[i];
            }
            return new Score(examples + other.examples, total, tokens + other.tokens);
        }
    }

    /**
     * @param tokens that go through the model at once, batch by batch; where it generates, its sources or prompts
     * @param scored how many predictions are asked for
     * @param steps in which it generates, one after the other; 0 where it doesn't
     * @param rows that take such a step together
     * @param beams of each row
     */
    record Work(long tokens, long scored, long steps, int rows, int beams) {
        /** Of a measure for which nothing is generated. */
        public Work(long tokens, long scored) {
            this(tokens, scored, 0, 0, 0);
        }
    }
}
