package ffmerge.workload;

import ffmerge.data.Batch;
import ffmerge.data.Split;
import ffmerge.data.TextSource;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.Perplexity;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Text for a language model.
 *
 * @param streams gives each split
 * @param context of the model
 */
public record TextWorkload(
        String data, Function<Split, ? extends TextSource> streams, int context, Perplexity.Weighting weighting)
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
        // so many windows overlap by half; a token more shows that the last of them is not the text's
        long tokens = (limit + 1L) * (context / 2) + 1;
        return new Perplexity(streams.apply(split).first(tokens), context, limit, weighting);
    }

    @Override
    public List<? extends Batch> activationBatches(int rows) {
        int there = Math.toIntExact(activationRows(rows).get("decoder"));
        return streams.apply(Split.VALIDATION)
                .first(rows + (long) context)
                .blocks(context, there > 0 ? Math.min(rows, there) : rows, Math.max(1, TOKENS_PER_BATCH / context));
    }

    @Override
    public Map<String, Long> activationRows(int enough) {
        int tokens =
                streams.apply(Split.VALIDATION).first(enough + (long) context).ids().length;
        return Map.of("decoder", (long) tokens / context * context);
    }

    @Override
    public Batch trainingBatch(int rows, long seed, long index) {
        return streams.apply(Split.TRAIN).randomRows(rows, context, seed, index);
    }
}
