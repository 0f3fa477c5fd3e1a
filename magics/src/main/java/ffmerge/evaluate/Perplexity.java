package ffmerge.evaluate;

import ai.djl.ndarray.NDArray;
import ffmerge.Measure;
import ffmerge.data.Batch;
import ffmerge.data.TokenBatch;
import ffmerge.data.TokenStream;
import ffmerge.model.HiddenStates;
import ffmerge.model.LanguageModel;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import java.util.List;
import java.util.Locale;

/**
 * Perplexity over overlapping windows of the model's context, half a context apart. As the paper's code has it, exp of
 * the unweighted mean of the windows' mean losses; or, weighted by token, of the mean over all tokens.
 */
public final class Perplexity implements Metric {
    public static final Measure MEASURE = Measure.lower("perplexity", "windows");

    /** How the windows' losses are averaged. */
    public enum Weighting {
        WINDOW,
        TOKEN;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Tokens of a batch: enough for fast matrix products, few enough for a small machine. */
    private static final int TOKENS_PER_BATCH = 2048;

    private final List<Batch> batches;
    private final Weighting weighting;

    /**
     * @param context the model's context
     * @param limit at most so many windows
     */
    public Perplexity(TokenStream text, int context, int limit, Weighting weighting) {
        this.batches = List.copyOf(text.scoringWindows(context, limit, Math.max(1, TOKENS_PER_BATCH / context)));
        this.weighting = weighting;
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
        return new Work(
                batches.stream()
                        .mapToLong(b -> (long) b.rows() * ((TokenBatch) b).length())
                        .sum(),
                batches.stream().mapToLong(Batch::scored).sum());
    }

    @Override
    public Score score(TransformerModel model, HiddenStates states, Pass pass) {
        TokenBatch batch = (TokenBatch) states.batch();
        float[] losses; // [rows, scored tokens of a row]
        HiddenStates last = model.advance(states, model.layers(), pass);
        try (NDArray l = ((LanguageModel) model).tokenLosses(last, pass)) {
            losses = l.toFloatArray();
        } finally {
            if (last.x() != states.x()) {
                last.close();
            }
        }
        double sum = 0;
        for (float loss : losses) {
            sum += loss;
        }
        double sumOfMeans = sum / (batch.length() - batch.scoredFrom());
        long tokens = (long) batch.rows() * batch.length();
        return new Score(batch.rows(), new double[] {sumOfMeans, sum, losses.length}, tokens);
    }

    @Override
    public double value(Score total) {
        double[] sums = total.sums(); // of the windows' mean losses, of the tokens' losses, of tokens
        return Math.exp(weighting == Weighting.TOKEN ? sums[1] / sums[2] : sums[0] / total.examples());
    }
}
