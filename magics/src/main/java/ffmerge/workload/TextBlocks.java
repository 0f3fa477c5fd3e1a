package ffmerge.workload;

import ffmerge.data.Batch;
import ffmerge.data.Split;
import ffmerge.data.TextSource;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The whole blocks of a text in which activations are recorded: nothing but text stands in them.
 *
 * @param streams gives each split
 * @param length of a block, in tokens
 * @param stack that reads them
 */
record TextBlocks(Function<Split, ? extends TextSource> streams, int length, String stack) {
    /** Tokens of a batch whose activations are recorded: they all exist at once, for every sublayer. */
    static final int TOKENS_PER_BATCH = 2048;

    List<? extends Batch> batches(int rows) {
        int there = Math.toIntExact(rows(rows).get(stack));
        return streams.apply(Split.VALIDATION)
                .first(rows + (long) length)
                .blocks(length, there > 0 ? Math.min(rows, there) : rows, Math.max(1, TOKENS_PER_BATCH / length));
    }

    /** As {@link Workload#activationRows}. */
    Map<String, Long> rows(int enough) {
        int tokens =
                streams.apply(Split.VALIDATION).first(enough + (long) length).ids().length;
        return Map.of(stack, (long) tokens / length * length);
    }
}
