package ffmerge.workload;

import ffmerge.data.Batch;
import ffmerge.data.Split;
import ffmerge.data.TextSource;
import ffmerge.evaluate.Bos;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.Perplexity;
import ffmerge.evaluate.Scoring;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Text for a language model.
 *
 * @param streams gives each split
 * @param scoring how text is scored; its context also is the length of rows of training and of blocks for activations,
 *     in which nothing but text stands
 * @param notices is told of what is put before the text
 */
public record TextWorkload(
        String data, Function<Split, ? extends TextSource> streams, Scoring scoring, Consumer<String> notices)
        implements Workload {
    /** A workload that tells nobody. */
    public TextWorkload(String data, Function<Split, ? extends TextSource> streams, Scoring scoring) {
        this(data, streams, scoring, line -> {});
    }

    @Override
    public Optional<Integer> context() {
        return Optional.of(scoring.context());
    }

    @Override
    public String key() {
        return data + " " + scoring.key();
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of(
                "data",
                data,
                "context",
                scoring.context(),
                "stride",
                scoring.stride(),
                "bos",
                scoring.bos().label(),
                "weighting",
                scoring.weighting().label());
    }

    @Override
    public int tokensPerExample() {
        return scoring.context();
    }

    @Override
    public Metric metric(Split split, int limit) {
        if (scoring.bos() == Bos.AUTO && !scoring.begin().isEmpty()) {
            notices.accept("The tokenizer's template begins a text with a token: it is put once, before the whole text."
                    + " --bos no leaves it out, --bos yes begins every window with it.");
        }
        // a token more shows that the last window is not the text's
        long tokens = scoring.windows().reach(limit) + 1;
        return new Perplexity(streams.apply(split).first(tokens), scoring, limit);
    }

    @Override
    public List<? extends Batch> activationBatches(int rows) {
        return blocks().batches(rows);
    }

    @Override
    public Map<String, Long> activationRows(int enough) {
        return blocks().rows(enough);
    }

    private TextBlocks blocks() {
        return new TextBlocks(streams, scoring.context(), "decoder");
    }

    @Override
    public Batch trainingBatch(int rows, long seed, long index) {
        return streams.apply(Split.TRAIN).randomRows(rows, scoring.context(), seed, index);
    }
}
