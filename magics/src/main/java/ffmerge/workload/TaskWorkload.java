package ffmerge.workload;

import ffmerge.UserError;
import ffmerge.data.Batch;
import ffmerge.data.QuestionSet;
import ffmerge.data.Split;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.Scores;
import ffmerge.evaluate.TaskAccuracy;
import ffmerge.result.TaskScore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Questions with choices, of which a language model finds one the likeliest.
 *
 * @param task its name
 * @param asked with how many examples, and from where
 * @param definition all that its questions depend on beside the rows
 * @param items gives each split
 */
public record TaskWorkload(
        String data, String task, DataRequest.Questions asked, String definition, Function<Split, QuestionSet> items)
        implements Workload {
    @Override
    public String key() {
        return String.join(" ", data, definition, asked.toString());
    }

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("data", data);
        settings.put("task", asked.task());
        settings.put("shots", asked.shots());
        asked.shotsData().ifPresent(examples -> settings.put("shots-data", examples));
        return settings;
    }

    @Override
    public int tokensPerExample() {
        QuestionSet validation = items.apply(Split.VALIDATION);
        return Math.toIntExact(validation.tokens() / validation.items().size());
    }

    @Override
    public Metric metric(Split split, int limit) {
        return new TaskAccuracy(items.apply(split), limit);
    }

    /** What was found, item by item. */
    public TaskScore score(Metric metric, Scores scores) {
        TaskAccuracy accuracy = (TaskAccuracy) metric;
        return new TaskScore(task, asked.shots(), accuracy.byCharacters(scores.total()), accuracy.items(scores));
    }

    /** The items with what is right, as they would be read. */
    @Override
    public List<? extends Batch> activationBatches(int rows) {
        return items.apply(Split.VALIDATION).rows(rows);
    }

    @Override
    public Map<String, Long> activationRows(int most) {
        return Map.of("decoder", items.apply(Split.VALIDATION).tokens());
    }

    @Override
    public Batch trainingBatch(int rows, long seed, long index) {
        throw new UserError("a task judges models, it doesn't train them: leave --task out and name --data to tune on");
    }
}
