package ffmerge.result;

import java.util.List;

/**
 * How a model did in a task of questions.
 *
 * @param task its name
 * @param shots how many examples stood before each question
 * @param accNorm the share that is right by log-likelihoods a character
 * @param items in the task's order
 */
public record TaskScore(String task, int shots, double accNorm, List<TaskItem> items) {
    public TaskScore {
        items = List.copyOf(items);
    }
}
