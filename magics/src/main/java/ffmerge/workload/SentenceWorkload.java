package ffmerge.workload;

import ffmerge.data.Batch;
import ffmerge.data.SentenceSet;
import ffmerge.data.Split;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.SentenceAccuracy;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Sentences for a classifier.
 *
 * @param sentences gives each split
 */
public record SentenceWorkload(String data, Function<Split, SentenceSet> sentences) implements Workload {
    /** Tokens of a batch whose activations are recorded: they all exist at once, for every sublayer. */
    private static final int TOKENS_PER_BATCH = 2048;

    @Override
    public int tokensPerExample() {
        SentenceSet validation = sentences.apply(Split.VALIDATION);
        return Math.toIntExact(
                Math.max(1, validation.tokens() / validation.sentences().size()));
    }

    @Override
    public Metric metric(Split split, int limit) {
        return new SentenceAccuracy(sentences.apply(split), limit);
    }

    @Override
    public List<? extends Batch> activationBatches(int rows) {
        return sentences.apply(Split.VALIDATION).inOrder(TOKENS_PER_BATCH);
    }

    @Override
    public Map<String, Long> activationRows(int enough) {
        return Map.of("encoder", sentences.apply(Split.VALIDATION).tokens());
    }

    @Override
    public Batch trainingBatch(int rows, long seed, long index) {
        return sentences.apply(Split.TRAIN).randomBatch(rows, seed, index);
    }
}
