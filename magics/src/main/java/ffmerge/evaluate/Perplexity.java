package ffmerge.evaluate;

import ffmerge.Measure;
import ffmerge.data.Batch;
import ffmerge.data.TokenBatch;
import ffmerge.data.TokenStream;
import ffmerge.data.TokenizedText;
import ffmerge.model.HiddenStates;
import ffmerge.model.LanguageModel;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.result.TextProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Perplexity over overlapping windows. As the paper's code has it, exp of the unweighted mean of the windows' mean losses;
 * or of the mean loss of a token, a word or a byte.
 */
public final class Perplexity implements Metric {
    /** Of what the mean loss is taken. */
    public enum Weighting {
        /** Of windows, each by the mean of its tokens. */
        WINDOW,
        TOKEN,
        /** Of words as white space parts them: comparable between tokenizers. */
        WORD,
        /** Of bytes of UTF-8: comparable between tokenizers. */
        BYTE;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public static final Measure MEASURE = Measure.lower("perplexity", "windows");
    /** Tokens of a batch: enough for fast matrix products, few enough for a small machine. */
    private static final int TOKENS_PER_BATCH = 2048;

    private final List<Batch> batches;
    private final Scoring scoring;
    /** Empty where the text isn't known. */
    private final Optional<TokenizedText.Extent> text;

    /** @param limit at most so many windows */
    public Perplexity(TokenStream text, Scoring scoring, int limit) {
        TokenStream.Scored scored = scoring.begun(text)
                .scoringWindows(scoring.windows(), limit, Math.max(1, TOKENS_PER_BATCH / scoring.context()));
        this.batches = List.copyOf(scored.batches());
        this.text = scored.text();
        this.scoring = scoring;
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
        return Work.of(batches, batch -> ((TokenBatch) batch).length());
    }

    @Override
    public Scores score(TransformerModel model, HiddenStates states, Pass pass) {
        TokenBatch batch = (TokenBatch) states.batch();
        // [rows, scored tokens of a row]
        float[] losses = LastStates.read(model, states, pass, last -> ((LanguageModel) model).tokenLosses(last, pass));
        int perRow = batch.length() - batch.scoredFrom();
        List<double[]> windows = new ArrayList<>();
        for (int from = 0; from < losses.length; from += perRow) {
            double sum = 0;
            for (int i = from; i < from + perRow; i++) {
                sum += losses[i];
            }
            windows.add(new double[] {sum / perRow, sum, perRow});
        }
        return new Scores(windows, (long) batch.rows() * batch.length());
    }

    @Override
    public double value(Total total) {
        double[] sums = total.sums(); // of the windows' mean losses, of the tokens' losses, of tokens
        return Math.exp(
                switch (scoring.weighting()) {
                    case WINDOW -> total.mean(0);
                    case TOKEN -> sums[1] / sums[2];
                    case WORD -> sums[1] / sums[2] * work().scored() / known().words();
                    case BYTE -> sums[1] / sums[2] * work().scored() / known().bytes();
                });
    }

    private TokenizedText.Extent known() {
        return text.orElseThrow(() -> new IllegalStateException("these are tokens of no text"));
    }

    @Override
    public Map<String, String> details(Total total) {
        return text.map(t -> Map.of(
                        "bits per byte", String.format(Locale.ROOT, "%.5f", total.sums()[1] / t.bytes() / Math.log(2))))
                .orElse(Map.of());
    }

    @Override
    public Optional<TextProtocol> protocol() {
        return Optional.of(new TextProtocol(
                scoring.context(),
                scoring.stride(),
                scoring.bos().label(),
                scoring.weighting().label(),
                work().scored()));
    }
}
