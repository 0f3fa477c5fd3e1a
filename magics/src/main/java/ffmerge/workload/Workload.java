package ffmerge.workload;

import ffmerge.align.Calibration;
import ffmerge.data.Batch;
import ffmerge.data.Split;
import ffmerge.evaluate.Metric;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A data set cut the way that a model's task needs it. */
public interface Workload {
    /** The data set's name, for results and logs. */
    String data();

    /** The name of the data that quality is measured on, where it is another. */
    default String measured() {
        return data();
    }

    /** All that its batches depend on, besides the files themselves: unfinished work is taken up only where it is the same. */
    default String key() {
        return data();
    }

    /**
     * What it is, and all that it chose where that was left to it, by the names of the options that say so; given by hand,
     * they make the same.
     */
    default Map<String, Object> settings() {
        return Map.of("data", data());
    }

    /** How many tokens (patches) of an example of training go through the model. */
    int tokensPerExample();

    /** How many tokens a block of text has that is read at once; empty where examples are read one by one. */
    default Optional<Integer> context() {
        return Optional.empty();
    }

    /** How quality is measured on a split, over at most {@code limit} examples. */
    Metric metric(Split split, int limit);

    /** Validation data from its start, enough for so many rows of activations, or all where there are fewer. */
    List<? extends Batch> activationBatches(int rows);

    /** The same data with what a model is asked of it, for its loss. */
    default List<? extends Batch> lossBatches(int rows) {
        return activationBatches(rows);
    }

    /** What is read to record activations, under a protocol that may need more data than the tokens it is asked for. */
    default List<? extends Batch> activationBatches(Calibration calibration) {
        return activationBatches(calibration.protocol().rows(calibration.tokens()));
    }

    /**
     * How many rows of activations the validation split has for each stack.
     *
     * @param enough where there are more than so many, only some of them need be counted, but no fewer
     */
    Map<String, Long> activationRows(int enough);

    /** Over how many tokens activations are recorded as usual: fewer where a stack has no more. */
    default int usualTokens() {
        long least = activationRows(Calibration.USUAL_TOKENS).values().stream()
                .mapToLong(rows -> rows)
                .min()
                .orElseThrow();
        return (int) Math.min(Calibration.USUAL_TOKENS, least);
    }

    /** A batch of so many training examples; the same seed and index give the same ones. */
    Batch trainingBatch(int rows, long seed, long index);
}
