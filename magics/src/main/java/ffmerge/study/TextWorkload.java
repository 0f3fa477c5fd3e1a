package ffmerge.study;

import ffmerge.data.Batch;
import ffmerge.data.Split;
import ffmerge.data.TokenStream;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.Perplexity;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Text for a language model.
 *
 * @param streams gives each split as tokens
 * @param context of the model
 */
public record TextWorkload(
        String data, Function<Split, TokenStream> streams, int context, Perplexity.Weighting weighting)
        implements Workload {
    /** Tokens of a batch whose activations are recorded: they all exist at once, for every sublayer. */
    private static final int TOKENS_PER_BATCH = 2048;

    @Override
    public String key() {
        return data + " " + weighting;
    }

    @Override
    public int tokensPerExample() {
        return context;
    }

    @Override
    public Metric metric(Split split, int limit) {
        return new Perplexity(streams.apply(split), context, limit, weighting);
    }

    @Override
    public List<? extends Batch> activationBatches(int rows) {
        int there = Math.toIntExact(activationRows().get("decoder"));
        return streams.apply(Split.VALIDATION)
                .blocks(context, there > 0 ? Math.min(rows, there) : rows, Math.max(1, TOKENS_PER_BATCH / context));
    }

    @Override
    public Map<String, Long> activationRows() {
        int tokens = streams.apply(Split.VALIDATION).ids().length;
        return Map.of("decoder", (long) tokens / context * context);
    }

    @Override
    public Batch trainingBatch(int rows, long seed, long index) {
        return streams.apply(Split.TRAIN).randomRows(rows, context, seed, index);
    }
}
