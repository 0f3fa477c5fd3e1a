package ffmerge.study;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.data.Batch;
import ffmerge.data.Continuation;
import ffmerge.data.DemoHome;
import ffmerge.data.QuestionSet;
import ffmerge.data.Split;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.MetricValue;
import ffmerge.evaluate.NextTokens;
import ffmerge.model.LanguageModel;
import ffmerge.model.TransformerModel;
import ffmerge.result.TaskItem;
import ffmerge.result.TaskScore;
import ffmerge.task.Task;
import ffmerge.workload.DataRequest;
import ffmerge.workload.Reporter;
import ffmerge.workload.Shelf;
import ffmerge.workload.TaskWorkload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks give what lm-evaluation-harness gives, on the same items and models; {@code task/generate.py} asked it. */
class TasksTest {
    private static final Path ITEMS = Path.of("src/test/resources/task");

    private static final Path SHOTS = ITEMS.resolve("shots");

    private static TaskScore score(Shelf shelf, TransformerModel model, String task) {
        return score(
                shelf,
                model,
                DataRequest.of(ITEMS.resolve(task + ".jsonl").toString()).asking(task));
    }

    private static TaskScore scoreBehindExamples(Shelf shelf, TransformerModel model, String task, int shots) {
        String examples = SHOTS.resolve(task + ".jsonl").toString();
        boolean drawsFromWhatItAsks = task.equals("lambada");
        return score(
                shelf,
                model,
                DataRequest.of(
                                drawsFromWhatItAsks
                                        ? examples
                                        : ITEMS.resolve(task + ".jsonl").toString())
                        .asking(new DataRequest.Questions(
                                task,
                                shots,
                                drawsFromWhatItAsks ? Optional.empty() : Optional.of(examples),
                                Optional.empty())));
    }

    private static TaskScore score(Shelf shelf, TransformerModel model, DataRequest request) {
        TaskWorkload workload = (TaskWorkload) shelf.workload(model, request, Reporter.STDERR);
        Metric metric = workload.metric(Split.TEST, Integer.MAX_VALUE);
        MetricValue value = Evaluator.evaluate(model, metric);
        TaskScore score = workload.score(metric, value.scores());
        assertEquals(score.items().stream().filter(TaskItem::right).count(), value.value() * value.examples(), 1e-9);
        assertEquals(
                score.items().stream().filter(TaskItem::rightNorm).count(), score.accNorm() * value.examples(), 1e-9);
        return score;
    }

    private static Shelf shelf() {
        return new Shelf(new DemoHome(Expected.home()), () -> {
            throw new AssertionError("nobody asks the hub");
        });
    }

    private static TransformerModel model(String name) {
        return TransformerModel.load(Expected.home().resolve("models").resolve(name), Device.cpu(), Progress.NONE);
    }

    private static JsonNode expected(Path folder, String name) throws IOException {
        return new ObjectMapper()
                .readTree(folder.resolve("expected.json").toFile())
                .path(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2-novels", "olmo-dialogues"})
    void eachKnownTaskGivesTheHarnesssLogLikelihoodsAndChoices(String name) throws IOException {
        JsonNode expected = expected(ITEMS, name);
        try (Shelf shelf = shelf();
                TransformerModel model = model(name)) {
            for (String task : Task.KNOWN) {
                check(expected.path(task), score(shelf, model, task).items(), task);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2-novels", "olmo-dialogues"})
    void examplesBeforeQuestionsAreThoseThatTheHarnessDraws(String name) throws IOException {
        JsonNode expected = expected(SHOTS, name);
        try (Shelf shelf = shelf();
                TransformerModel model = model(name)) {
            for (String task : Task.KNOWN) {
                for (int shots : new int[] {2, 5}) {
                    TaskScore score = scoreBehindExamples(shelf, model, task, shots);
                    assertEquals(shots, score.shots());
                    check(expected.path(task).path(String.valueOf(shots)), score.items(), task + ", " + shots);
                }
            }
        }
    }

    @Test
    void choicesOfOneTokenAreJudgedInOnePass() {
        try (Shelf shelf = shelf();
                TransformerModel model = model("gpt2-novels")) {
            for (String task : List.of("boolq", "mmlu")) {
                DataRequest request = DataRequest.of(
                                ITEMS.resolve(task + ".jsonl").toString())
                        .asking(task);
                TaskWorkload workload = (TaskWorkload) shelf.workload(model, request, Reporter.STDERR);
                Metric metric = workload.metric(Split.TEST, Integer.MAX_VALUE);
                assertEquals(2, metric.batches().stream().mapToInt(Batch::rows).sum(), "a row each item");
                List<TaskItem> items = workload.score(
                                metric, Evaluator.evaluate(model, metric).scores())
                        .items();
                for (QuestionSet.Item item : workload.items().apply(Split.TEST).items()) {
                    for (int c = 0; c < item.choices().size(); c++) {
                        Continuation choice = item.choices().get(c);
                        assertEquals(1, choice.continuation().length);
                        // the same in a row of its own; no choice goes in after a context that fills the model's
                        if (choice.context().length < ((LanguageModel) model).context()) {
                            int[] row = Arrays.copyOf(choice.context(), choice.context().length + 1);
                            row[row.length - 1] = choice.continuation()[0];
                            float[] alone =
                                    NextTokens.of(model, List.of(row), 1).get(0).logProbabilities();
                            assertEquals(
                                    alone[alone.length - 1],
                                    items.get(item.index()).logLikelihoods()[c],
                                    1e-5,
                                    task + " " + item.index());
                        }
                    }
                }
            }
        }
    }

    private static void check(JsonNode wanted, List<TaskItem> items, String task) {
        assertEquals(wanted.size(), items.size(), task);
        for (int i = 0; i < items.size(); i++) {
            check(wanted.get(i), items.get(i), task + ", item " + i);
        }
    }

    private static void check(JsonNode wanted, TaskItem item, String where) {
        List<Double> logLikelihoods = new ArrayList<>();
        wanted.path("logLikelihoods").forEach(l -> logLikelihoods.add(l.asDouble()));
        assertEquals(logLikelihoods.size(), item.logLikelihoods().length, where);
        for (int c = 0; c < logLikelihoods.size(); c++) {
            assertEquals(logLikelihoods.get(c), item.logLikelihoods()[c], 1e-3, where + " choice " + c);
        }
        assertEquals(wanted.path("right").asBoolean(), item.right(), where);
        if (wanted.has("rightNorm")) {
            assertEquals(wanted.path("rightNorm").asBoolean(), item.rightNorm(), where);
        }
    }
}
