package ffmerge.evaluate;

import ffmerge.Measure;
import ffmerge.data.Batch;
import ffmerge.data.CompletionBatch;
import ffmerge.data.DialogueSet;
import ffmerge.data.Tokenizer;
import ffmerge.generate.GenerationSettings;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TextGenerator;
import ffmerge.model.TransformerModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * ROUGE-Lsum of a model's summaries, ROUGE-1 and ROUGE-2 beside: the mean of the dialogues' F-measures, times 100, as
 * Hugging Face's {@code evaluate} has them.
 */
public final class Rouge implements Metric {
    public static final Measure MEASURE =
            Measure.higher("rougeLsum", "dialogues").titled("ROUGE-Lsum").withInput("dialogue");

    /** Tokens of a batch, whose keys and values are all kept at once. */
    private static final int TOKENS_PER_BATCH = 4096;

    private final List<Batch> batches;
    private final Tokenizer tokenizer;
    private final GenerationSettings generation;
    private final RougeWords words;

    /**
     * @param limit at most so many dialogues, from the first
     * @param words how texts are cut into words
     */
    public Rouge(
            DialogueSet dialogues, int limit, Tokenizer tokenizer, GenerationSettings generation, RougeWords words) {
        this.batches = List.copyOf(dialogues.byLength(limit, TOKENS_PER_BATCH));
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

    /** Prompts pass at once; a batch is gone on with for about as long as its longest reference. */
    @Override
    public Work work() {
        long prompts = 0;
        long steps = 0;
        int rows = 0;
        for (Batch batch : batches) {
            prompts += ((CompletionBatch) batch).count() - batch.scored();
            steps += ((CompletionBatch) batch).longestTarget();
            rows = Math.max(rows, batch.rows());
        }
        return new Work(prompts, 0, steps, rows, generation.beams());
    }

    /** Keys and values of all layers are needed, which the states don't hold: the prompts start anew. */
    @Override
    public Scores score(TransformerModel model, HiddenStates states, Pass pass) {
        CompletionBatch batch = (CompletionBatch) states.batch();
        List<int[]> generated = ((TextGenerator) model).generate(batch.prompts(), generation, pass.scope());
        List<double[]> dialogues = new ArrayList<>();
        long tokens = batch.count() - batch.scored();
        for (int i = 0; i < generated.size(); i++) {
            String summary = text(generated.get(i), tokenizer);
            RougeScore score = RougeScore.of(batch.completions().get(i).reference(), summary, words);
            dialogues.add(new double[] {score.rouge1(), score.rouge2(), score.rougeLsum()});
            tokens += generated.get(i).length;
        }
        return new Scores(dialogues, tokens);
    }

    /** A generated summary as text; what ends it is part of it, a full stop, unless it is a special token. */
    public static String text(int[] generated, Tokenizer tokenizer) {
        return tokenizer.plainText(generated).strip();
    }

    @Override
    public double value(Total total) {
        return mean(total, 2);
    }

    private static double mean(Total total, int which) {
        return 100 * total.mean(which);
    }

    @Override
    public Map<String, String> details(Total total) {
        Map<String, String> details = new LinkedHashMap<>();
        details.put("ROUGE-1", String.format(Locale.ROOT, "%.2f", mean(total, 0)));
        details.put("ROUGE-2", String.format(Locale.ROOT, "%.2f", mean(total, 1)));
        details.put("beams", String.valueOf(generation.beams()));
        details.put("words", words.name().toLowerCase(Locale.ROOT));
        return details;
    }
}
