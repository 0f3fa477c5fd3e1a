package ffmerge.evaluate;

import ffmerge.Measure;
import ffmerge.data.Batch;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.result.TextProtocol;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;

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
    Scores score(TransformerModel model, HiddenStates states, Pass pass);

    /** The measure over so many examples, all or some that were drawn of them; may be called by several threads. */
    double value(Total total);

    /** What else is worth telling beside the value, by name: other measures, how the value was computed. */
    default Map<String, String> details(Total total) {
        return Map.of();
    }

    /** By which it is told whether two models differ. */
    default PairedTest pairedTest() {
        return PairedTest.PERCENTILE;
    }

    /** By what protocol a text is scored, where one is. */
    default Optional<TextProtocol> protocol() {
        return Optional.empty();
    }

    /**
     * Over examples.
     *
     * @param examples how many were measured: windows, images, sentences
     * @param sums of what the measure is computed from: one loss, or counts of several kinds
     */
    record Total(long examples, double[] sums) {
        public double sum() {
            return sums[0];
        }

        public double mean(int which) {
            return sums[which] / examples;
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

        /** Of batches whose rows are as long as the longest. */
        static Work of(List<Batch> batches, ToIntFunction<Batch> length) {
            return new Work(
                    batches.stream()
                            .mapToLong(batch -> (long) batch.rows() * length.applyAsInt(batch))
                            .sum(),
                    batches.stream().mapToLong(Batch::scored).sum());
        }
    }
}
