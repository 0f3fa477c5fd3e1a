package ffmerge.workload;

import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.data.Batch;
import ffmerge.data.PairSet;
import ffmerge.data.PairSource;
import ffmerge.data.PairTokenizer;
import ffmerge.data.SentencePair;
import ffmerge.data.Split;
import ffmerge.data.TranslationBatch;
import ffmerge.evaluate.Bleu;
import ffmerge.evaluate.BleuTokenizer;
import ffmerge.evaluate.Metric;
import ffmerge.generate.GenerationSettings;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.model.TranslationModel;
import ffmerge.result.EvalResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Sentence pairs for a translation model.
 *
 * @param pairs gives each split
 * @param generation how sentences are translated where quality is measured
 * @param words how BLEU cuts sentences into words
 */
public record TranslationWorkload(
        String data,
        Function<Split, ? extends PairSource> pairs,
        PairTokenizer tokenizer,
        GenerationSettings generation,
        BleuTokenizer words)
        implements GeneratingWorkload {
    /** Sentences whose activations are recorded at a time: they all exist at once, for every sublayer. */
    private static final int SENTENCES_PER_BATCH = 64;

    @Override
    public String key() {
        return data + " " + generation + " " + words;
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of(
                "data", data,
                "beams", generation.beams(),
                "max-length", generation.maxLength(),
                "tokenize", words.label());
    }

    /** A token passes one of the two stacks: the mean of both sides stands for a sentence that passes both. */
    @Override
    public int tokensPerExample() {
        PairSet validation = pairs.apply(Split.VALIDATION).first(Integer.MAX_VALUE);
        long tokens = validation.sourceTokens() + validation.targetTokens();
        return Math.toIntExact(tokens / 2 / validation.pairs().size());
    }

    @Override
    public Metric metric(Split split, int limit) {
        return new Bleu(pairs.apply(split).first(limit), limit, tokenizer, generation, words);
    }

    @Override
    public List<? extends Batch> activationBatches(int rows) {
        return pairs.apply(Split.VALIDATION).first(Integer.MAX_VALUE).inOrder(SENTENCES_PER_BATCH);
    }

    @Override
    public Map<String, Long> activationRows(int enough) {
        PairSet validation = pairs.apply(Split.VALIDATION).first(Integer.MAX_VALUE);
        return Map.of("encoder", validation.sourceTokens(), "decoder", validation.targetTokens());
    }

    @Override
    public List<EvalResult.Sample> samples(TransformerModel model, Split split, int count, Progress progress) {
        List<SentencePair> first =
                pairs.apply(split).first(count).pairs().stream().limit(count).toList();
        List<EvalResult.Sample> samples = new ArrayList<>();
        try (Progress.Stage stage = progress.start("Translating", first.size(), "sentences")) {
            for (int from = 0; from < first.size(); from += SENTENCES_PER_BATCH) {
                TranslationBatch batch =
                        new TranslationBatch(first.subList(from, Math.min(first.size(), from + SENTENCES_PER_BATCH)));
                try (NDManager scope = model.newScope()) {
                    HiddenStates states = model.embed(batch, Pass.inference(scope));
                    List<int[]> translations = ((TranslationModel) model).translate(states, generation, scope);
                    for (int i = 0; i < batch.rows(); i++) {
                        SentencePair pair = batch.pairs().get(i);
                        samples.add(new EvalResult.Sample(
                                pair.source(), pair.target(), tokenizer.decode(translations.get(i))));
                    }
                }
                stage.advance(samples.size());
            }
        }
        return samples;
    }

    @Override
    public Batch trainingBatch(int rows, long seed, long index) {
        return pairs.apply(Split.TRAIN).randomBatch(rows, seed, index);
    }
}
