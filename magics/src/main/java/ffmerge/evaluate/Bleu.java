package ffmerge.evaluate;

import ffmerge.Measure;
import ffmerge.data.Batch;
import ffmerge.data.PairSet;
import ffmerge.data.PairTokenizer;
import ffmerge.data.TranslationBatch;
import ffmerge.generate.GenerationSettings;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.model.TranslationModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;

/** BLEU of a model's translations, as sacreBLEU computes it; chrF beside. */
public final class Bleu implements Metric {
    public static final Measure MEASURE = Measure.higher("bleu", "sentences").titled("BLEU");

    private static final int SENTENCES_PER_BATCH = 64;

    private final List<Batch> batches;
    private final PairTokenizer tokenizer;
    private final GenerationSettings generation;
    private final BleuTokenizer words;

    /**
     * @param limit at most so many sentences, from the first
     * @param words how sentences are cut into words
     */
    public Bleu(PairSet pairs, int limit, PairTokenizer tokenizer, GenerationSettings generation, BleuTokenizer words) {
        this.batches = List.copyOf(pairs.byLength(limit, SENTENCES_PER_BATCH));
        this.tokenizer = tokenizer;
        this.generation = generation;
        this.words = words;
    }

    @Override
    public Measure measure() {
        return MEASURE;
    }

    @Override
    public List<Batch> batches() {
        return batches;
    }

    /** Sources pass the encoder; a batch is decoded for about as long as its longest reference. */
    @Override
    public Work work() {
        long tokens = 0;
        long steps = 0;
        int rows = 0;
        for (Batch batch : batches) {
            tokens += ((TranslationBatch) batch).sourceTokens();
            steps += ((TranslationBatch) batch).targetLength();
            rows = Math.max(rows, batch.rows());
        }
        return new Work(tokens, 0, steps, rows, generation.beams());
    }

    @Override
    public Scores score(TransformerModel model, HiddenStates states, Pass pass) {
        TranslationBatch batch = (TranslationBatch) states.batch();
        List<int[]> translations = ((TranslationModel) model).translate(states, generation, pass.scope());
        List<double[]> sentences = new ArrayList<>();
        long tokens = batch.sourceTokens();
        for (int i = 0; i < translations.size(); i++) {
            String translation = tokenizer.decode(translations.get(i));
            String reference = batch.pairs().get(i).target();
            double[] bleu = CorpusBleu.counts(translation, reference, words);
            double[] chrF = ChrF.counts(translation, reference);
            sentences.add(DoubleStream.concat(Arrays.stream(bleu), Arrays.stream(chrF))
                    .toArray());
            tokens += translations.get(i).length;
        }
        return new Scores(sentences, tokens);
    }

    @Override
    public PairedTest pairedTest() {
        return PairedTest.CENTRED;
    }

    @Override
    public double value(Total total) {
        return bleu(total).score();
    }

    private CorpusBleu bleu(Total total) {
        return CorpusBleu.ofCounts(Arrays.copyOf(total.sums(), CorpusBleu.COUNTS), words);
    }

    @Override
    public Map<String, String> details(Total total) {
        ChrF chrF = ChrF.ofCounts(Arrays.copyOfRange(total.sums(), CorpusBleu.COUNTS, CorpusBleu.COUNTS + ChrF.COUNTS));
        Map<String, String> details = new LinkedHashMap<>();
        details.put("chrF2", String.format(Locale.ROOT, "%.2f", chrF.score()));
        details.put("beams", String.valueOf(generation.beams()));
        details.put("signature", bleu(total).signature());
        return details;
    }
}
