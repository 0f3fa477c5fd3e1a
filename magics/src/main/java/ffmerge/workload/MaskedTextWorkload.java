package ffmerge.workload;

import ffmerge.UserError;
import ffmerge.data.Batch;
import ffmerge.data.Masking;
import ffmerge.data.Split;
import ffmerge.data.TextSource;
import ffmerge.evaluate.MaskedPerplexity;
import ffmerge.evaluate.Metric;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Text for an encoder that guesses masked words, or that has no head to guess them with.
 *
 * @param streams gives each split
 * @param length of a block, in tokens: of what is measured, of rows of training and of activations; nothing but text
 *     stands in it
 * @param masking empty for a model without a head
 * @param title of the model, for messages
 */
public record MaskedTextWorkload(
        String data, Function<Split, ? extends TextSource> streams, int length, Optional<Masking> masking, String title)
        implements Workload {
    @Override
    public Optional<Integer> context() {
        return Optional.of(length);
    }

    @Override
    public String key() {
        return data + " masked " + length;
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("data", data, "context", length);
    }

    @Override
    public int tokensPerExample() {
        return length;
    }

    @Override
    public Metric metric(Split split, int limit) {
        Masking of = requireHead("measure");
        return new MaskedPerplexity(streams.apply(split).first((long) limit * length), of, limit);
    }

    @Override
    public List<? extends Batch> activationBatches(int rows) {
        return blocks().batches(rows);
    }

    @Override
    public List<? extends Batch> lossBatches(int rows) {
        return requireHead("measure")
                .measured(
                        streams.apply(Split.VALIDATION).first(rows + (long) length),
                        Math.max(1, rows / length),
                        Math.max(1, TextBlocks.TOKENS_PER_BATCH / length));
    }

    @Override
    public Map<String, Long> activationRows(int enough) {
        return blocks().rows(enough);
    }

    private TextBlocks blocks() {
        return new TextBlocks(streams, length, "encoder");
    }

    @Override
    public Batch trainingBatch(int rows, long seed, long index) {
        Masking of = requireHead("tune");
        return of.training(streams.apply(Split.TRAIN).randomRows(rows, length, seed, index), seed, index);
    }

    private Masking requireHead(String what) {
        return masking.orElseThrow(() -> new UserError("this " + title + " has no head, so there is nothing to " + what
                + " it by: load a checkpoint of " + title + " for masked words or for sentence classes; cka, align,"
                + " merge and save work without"));
    }
}
