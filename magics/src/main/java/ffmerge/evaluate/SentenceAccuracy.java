package ffmerge.evaluate;

import ffmerge.Measure;
import ffmerge.data.Batch;
import ffmerge.data.SentenceBatch;
import ffmerge.data.SentenceSet;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.SentenceClassifier;
import ffmerge.model.TransformerModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The share of sentences whose class has the highest score. */
public final class SentenceAccuracy implements Metric {
    public static final Measure MEASURE =
            Measure.higher("accuracy", "sentences").withInput("sentence").asShare();

    /** Tokens of a batch: enough for fast matrix products, few enough for a small machine. */
    private static final int TOKENS_PER_BATCH = 4096;

    private final List<Batch> batches;

    /** @param limit at most so many sentences */
    public SentenceAccuracy(SentenceSet sentences, int limit) {
        this.batches = List.copyOf(sentences.byLength(limit, TOKENS_PER_BATCH));
    }

    @Override
    public Measure measure() {
        return MEASURE;
    }

    @Override
    public List<Batch> batches() {
        return batches;
    }

    @Override
    public Work work() {
        return Work.of(batches, batch -> ((SentenceBatch) batch).length());
    }

    @Override
    public Scores score(TransformerModel model, HiddenStates states, Pass pass) {
        SentenceBatch batch = (SentenceBatch) states.batch();
        int[] labels = batch.labels();
        // [rows, classes]
        float[] scores =
                LastStates.read(model, states, pass, last -> ((SentenceClassifier) model).classLogits(last, pass));
        int classes = scores.length / labels.length;
        List<double[]> sentences = new ArrayList<>();
        for (int i = 0; i < labels.length; i++) {
            float[] own = Arrays.copyOfRange(scores, i * classes, (i + 1) * classes);
            sentences.add(new double[] {Accuracy.highest(own) == labels[i] ? 1 : 0});
        }
        return new Scores(sentences, batch.tokens());
    }

    @Override
    public double value(Total total) {
        return total.mean(0);
    }
}
