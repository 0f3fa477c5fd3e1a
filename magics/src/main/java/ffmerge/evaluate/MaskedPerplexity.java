package ffmerge.evaluate;

import ffmerge.Measure;
import ffmerge.data.Batch;
import ffmerge.data.MaskedBatch;
import ffmerge.data.Masking;
import ffmerge.data.TokenStream;
import ffmerge.model.HiddenStates;
import ffmerge.model.MaskedLanguageModel;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.result.TextProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Perplexity of masked words: exp of the mean negative log-likelihood of the tokens that are masked in a text's blocks, as
 * {@link Masking} says. Each masked token counts alike; an interval draws blocks.
 */
public final class MaskedPerplexity implements Metric {
    public static final Measure MEASURE = Measure.lower("perplexity", "windows").titled("perplexity of masked words");
    /** Tokens of a batch: enough for fast matrix products, few enough for a small machine. */
    private static final int TOKENS_PER_BATCH = 2048;

    private final List<Batch> batches;
    private final int length;

    /** @param limit at most so many blocks */
    public MaskedPerplexity(TokenStream text, Masking masking, int limit) {
        length = masking.length();
        batches = List.copyOf(masking.measured(text, limit, Math.max(1, TOKENS_PER_BATCH / length)));
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
        return Work.of(batches, batch -> ((MaskedBatch) batch).length());
    }

    @Override
    public Scores score(TransformerModel model, HiddenStates states, Pass pass) {
        MaskedBatch batch = (MaskedBatch) states.batch();
        // of all masked tokens, row by row
        float[] losses =
                LastStates.read(model, states, pass, last -> ((MaskedLanguageModel) model).maskedLosses(last, pass));
        List<double[]> blocks = new ArrayList<>();
        int at = 0;
        for (int row = 0; row < batch.rows(); row++) {
            int masked = batch.scored(row);
            double sum = 0;
            for (int i = 0; i < masked; i++) {
                sum += losses[at++];
            }
            blocks.add(new double[] {sum, masked});
        }
        return new Scores(blocks, (long) batch.rows() * batch.length());
    }

    @Override
    public double value(Total total) {
        return Math.exp(total.sums()[0] / total.sums()[1]);
    }

    @Override
    public Optional<TextProtocol> protocol() {
        return Optional.of(
                new TextProtocol(length, length, Bos.NO.label(), Perplexity.Weighting.TOKEN.label(), work().scored()));
    }
}
