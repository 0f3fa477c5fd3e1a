package ffmerge.workload;

import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.data.Batch;
import ffmerge.data.Completion;
import ffmerge.data.CompletionBatch;
import ffmerge.data.DialogueSet;
import ffmerge.data.PromptTemplate;
import ffmerge.data.Split;
import ffmerge.data.Tokenizer;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.Rouge;
import ffmerge.evaluate.RougeWords;
import ffmerge.generate.GenerationSettings;
import ffmerge.model.TextGenerator;
import ffmerge.model.TransformerModel;
import ffmerge.result.EvalResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Dialogues that a language model summarizes.
 *
 * @param dialogues gives each split
 * @param prompt in which the dialogues are shown
 * @param generation how summaries are generated where quality is measured
 * @param words how ROUGE cuts summaries into words
 */
public record SummaryWorkload(
        String data,
        Function<Split, DialogueSet> dialogues,
        Tokenizer tokenizer,
        PromptTemplate prompt,
        GenerationSettings generation,
        RougeWords words)
        implements GeneratingWorkload {
    /** Tokens of dialogues that are summarized together to be shown. */
    private static final int TOKENS_PER_BATCH = 4096;

    @Override
    public String key() {
        return String.join(" ", data, prompt.text(), generation.toString(), words.name());
    }

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("data", data);
        settings.put("beams", generation.beams());
        if (generation.totalLength() == 0) {
            settings.put("max-length", generation.maxLength() - 1); // without where the summary starts
        }
        settings.put("prompt", prompt.text());
        settings.put("stem", words == RougeWords.STEMMED);
        return settings;
    }

    @Override
    public int tokensPerExample() {
        DialogueSet validation = dialogues.apply(Split.VALIDATION);
        return Math.toIntExact(validation.tokens() / validation.completions().size());
    }

    @Override
    public Metric metric(Split split, int limit) {
        return new Rouge(dialogues.apply(split), limit, tokenizer, generation, words);
    }

    @Override
    public List<? extends Batch> activationBatches(int rows) {
        return dialogues.apply(Split.VALIDATION).rows(rows);
    }

    @Override
    public Map<String, Long> activationRows(int most) {
        return Map.of("decoder", dialogues.apply(Split.VALIDATION).tokens());
    }

    @Override
    public Batch trainingBatch(int rows, long seed, long index) {
        return dialogues.apply(Split.TRAIN).randomBatch(rows, seed, index);
    }

    @Override
    public List<EvalResult.Sample> samples(TransformerModel model, Split split, int count, Progress progress) {
        EvalResult.Sample[] samples = new EvalResult.Sample
                [Math.min(count, dialogues.apply(split).completions().size())];
        int done = 0;
        try (Progress.Stage stage = progress.start("Summarizing", samples.length, "dialogues")) {
            for (CompletionBatch batch : dialogues.apply(split).byLength(count, TOKENS_PER_BATCH)) {
                try (NDManager scope = model.newScope()) {
                    List<int[]> generated = ((TextGenerator) model).generate(batch.prompts(), generation, scope);
                    for (int i = 0; i < batch.rows(); i++) {
                        Completion completion = batch.completions().get(i);
                        String summary = Rouge.text(generated.get(i), tokenizer);
                        samples[completion.index()] =
                                new EvalResult.Sample(completion.source(), completion.reference(), summary);
                    }
                }
                stage.advance(done += batch.rows());
            }
        }
        return List.of(samples);
    }
}
