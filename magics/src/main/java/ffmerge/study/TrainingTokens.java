package ffmerge.study;

import ffmerge.data.Batch;
import ffmerge.data.CompletionBatch;
import ffmerge.data.MaskedBatch;
import ffmerge.data.SentenceBatch;
import ffmerge.data.TokenBatch;
import ffmerge.data.TranslationBatch;
import ffmerge.tune.TuneSettings;
import ffmerge.tune.Tuner;
import ffmerge.workload.Workload;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Counts what goes through a model in training: tokens without padding, sources and targets of translations, patches. */
final class TrainingTokens implements Tuner.Batches {
    private static final long UNKNOWN = -1;

    private final Workload workload;
    private final TuneSettings settings;
    /** Of each batch, over all steps. */
    private final long[] byBatch;

    TrainingTokens(Workload workload, TuneSettings settings) {
        this.workload = workload;
        this.settings = settings;
        this.byBatch = new long[Math.multiplyExact(settings.steps(), settings.accumulate())];
        Arrays.fill(byBatch, UNKNOWN);
    }

    @Override
    public Batch batch(int rows, long seed, long index) {
        Batch batch = workload.trainingBatch(rows, seed, index);
        byBatch[Math.toIntExact(index)] = tokens(batch);
        return batch;
    }

    private long tokens(Batch batch) {
        if (batch instanceof TokenBatch text) {
            return text.ids().length;
        }
        if (batch instanceof MaskedBatch text) {
            return text.ids().length;
        }
        if (batch instanceof SentenceBatch sentences) {
            return sentences.tokens();
        }
        if (batch instanceof CompletionBatch completions) {
            return completions.count();
        }
        if (batch instanceof TranslationBatch sentences) {
            return (long) sentences.sourceTokens() + sentences.targetTokens();
        }
        return (long) batch.rows() * workload.tokensPerExample();
    }

    /** Of the first so many steps. Batches of steps that were done before a stop are drawn again to be counted. */
    long until(int steps) {
        return IntStream.range(0, steps * settings.accumulate())
                .mapToLong(index -> {
                    if (byBatch[index] == UNKNOWN) {
                        batch(settings.rows(), settings.seed(), index);
                    }
                    return byBatch[index];
                })
                .sum();
    }
}
