package ffmerge.study;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.data.DemoHome;
import ffmerge.data.Split;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.MetricValue;
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
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks give what lm-evaluation-harness gives, on the same items and models; {@code task/generate.py} asked it. */
class TasksTest {
    private static final Path ITEMS = Path.of("src/test/resources/task");

    private static TaskScore score(Shelf shelf, TransformerModel model, String task) {
        DataRequest request =
                DataRequest.of(ITEMS.resolve(task + ".jsonl").toString()).asking(task);
        TaskWorkload workload = (TaskWorkload) shelf.workload(model, request, Reporter.STDERR);
        Metric metric = workload.metric(Split.TEST, Integer.MAX_VALUE);
        MetricValue value = Evaluator.evaluate(model, metric);
        TaskScore score = workload.score(metric, value.scores());
        assertEquals(score.items().stream().filter(TaskItem::right).count(), value.value() * value.examples(), 1e-9);
        assertEquals(
                score.items().stream().filter(TaskItem::rightNorm).count(), score.accNorm() * value.examples(), 1e-9);
        return score;
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2-novels", "olmo-dialogues"})
    void eachKnownTaskGivesTheHarnesssLogLikelihoodsAndChoices(String name) throws IOException {
        JsonNode expected = new ObjectMapper()
                .readTree(ITEMS.resolve("expected.json").toFile())
                .path(name);
        try (Shelf shelf = new Shelf(new DemoHome(Expected.home()), () -> {
                    throw new AssertionError("nobody asks the hub");
                });
                TransformerModel model = TransformerModel.load(
                        Expected.home().resolve("models").resolve(name), Device.cpu(), Progress.NONE)) {
            for (String task : Task.KNOWN) {
                List<TaskItem> items = score(shelf, model, task).items();
                JsonNode wanted = expected.path(task);
                assertEquals(wanted.size(), items.size(), task);
                for (int i = 0; i < items.size(); i++) {
                    check(wanted.get(i), items.get(i), task + " " + i);
                }
            }
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
