package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.evaluate.TaskAccuracy;
import ffmerge.result.CompareResult;
import ffmerge.result.EvalResult;
import ffmerge.result.Result;
import ffmerge.result.SweepResult;
import ffmerge.result.TuneResult;
import ffmerge.view.Views;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The notebook's commands on tasks of questions. */
class TaskCommandsTest extends SessionTests {
    private static final Path ITEMS = Path.of("src/test/resources/task").toAbsolutePath();

    @BeforeEach
    void load() {
        run("load gpt2-novels --as base");
    }

    private Result run(String line) {
        return host.run(line, session);
    }

    private String refusal(String line) {
        return host.refusal(line, session);
    }

    private static String task(String name) {
        return "--task " + name + " --data " + ITEMS.resolve(name + ".jsonl");
    }

    private Path file(String name, String... lines) throws IOException {
        return Files.write(folder.resolve(name), List.of(lines));
    }

    @Test
    void anEvaluationTellsEachItem() throws IOException {
        EvalResult eval = (EvalResult) run("eval base " + task("hellaswag"));
        JsonNode json = ffmerge.view.ResultJson.of("eval", eval);
        assertEquals("hellaswag", json.path("task").asText());
        assertEquals(0, json.path("shots").asInt(-1));
        assertEquals(3, json.path("items").size());
        assertEquals(4, json.path("items").get(0).path("logLikelihoods").size());
        assertEquals(3, json.path("items").get(0).path("choice").asInt());
        assertEquals(eval.value(), json.path("value").asDouble());
        assertEquals(2 / 3.0, eval.value(), 1e-12);
        assertEquals(1 / 3.0, json.path("accNorm").asDouble(), 1e-12);
        assertTrue(Views.BUILT_IN.sentence(eval).contains("accuracy"), Views.BUILT_IN.sentence(eval));
    }

    @Test
    void aLimitTakesTheFirstItems() {
        EvalResult eval = (EvalResult) run("eval base " + task("hellaswag") + " --limit 1");
        assertEquals(1, eval.task().items().size());
        assertEquals(3, eval.task().items().get(0).choice());
    }

    @Test
    void modelsAreComparedAndWindowsSweptByTasks() {
        run("merge base --window 5-8 --align none --as small");
        CompareResult compared = (CompareResult) run("compare base small " + task("arc-easy"));
        assertEquals(TaskAccuracy.MEASURE, compared.rows().get(0).metric());
        EvalResult small = (EvalResult) run("eval small " + task("arc-easy"));
        assertEquals(small.value(), compared.rows().get(1).value());
        SweepResult sweep = (SweepResult) run("sweep base --length 10 --methods permute,none " + task("arc-easy"));
        assertEquals("acc", sweep.metric().name());
        assertEquals(6, sweep.rows().size());
    }

    @Test
    void aFileDescribesAnotherTask() throws IOException {
        Path data = file(
                "capitals.jsonl",
                "{\"land\": \"Russia\", \"right\": \"Moscow\", \"wrong\": \"a window in the house of the count\", \"key\": \"yes\"}");
        Path task = file(
                "capitals.json",
                "{\"name\": \"capitals\", \"prompt\": \"The capital of {land} is\", \"choices\": [\"{wrong}\", \"{right}\"],",
                " \"labels\": [\"no\", \"yes\"], \"answer\": \"key\"}");
        EvalResult eval = (EvalResult) run("eval base --task " + task + " --data " + data);
        assertEquals("capitals", eval.task().task());
        assertTrue(eval.task().items().get(0).right(), "a short name is likelier than a long text");
        assertFalse(eval.details().isEmpty());
    }

    @Test
    void examplesComeFromTheSplitThatTheTaskSays() throws IOException {
        Path mine = Files.createDirectory(folder.resolve("mine"));
        Files.copy(ITEMS.resolve("piqa.jsonl"), mine.resolve("test.jsonl"));
        String ask = "eval base --task piqa --shots 2 --data " + mine;
        assertEquals(
                "--shots 2 draws examples of piqa from the split train, which " + mine
                        + " lacks; --shots-data FILE names them",
                refusal(ask));
        Path examples = ITEMS.resolve("shots").resolve("piqa.jsonl");
        EvalResult named = (EvalResult) run(ask + " --shots-data " + examples);
        Files.copy(examples, mine.resolve("train.jsonl"));
        EvalResult split = (EvalResult) run(ask);
        assertEquals(2, split.task().shots());
        for (int i = 0; i < 3; i++) {
            assertArrayEquals(
                    named.task().items().get(i).logLikelihoods(),
                    split.task().items().get(i).logLikelihoods());
        }
        EvalResult none = (EvalResult) run("eval base --task piqa --data " + mine);
        assertNotEquals(
                none.task().items().get(0).logLikelihoods()[0],
                split.task().items().get(0).logLikelihoods()[0]);
    }

    @Test
    void examplesThatCannotBeDrawnAreRefused() throws IOException {
        String piqa = "eval base " + task("piqa");
        assertEquals(
                "--shots 1 draws examples of piqa from the split train, which " + ITEMS.resolve("piqa.jsonl")
                        + " lacks; --shots-data FILE names them",
                refusal(piqa + " --shots 1"));
        assertEquals("--shots is of questions: add --task NAME", refusal("eval base --shots 2"));
        assertEquals(
                "--shots-data names examples: add --shots N, how many of them stand before a question",
                refusal(piqa + " --shots-data x.jsonl"));
        assertEquals(
                ITEMS.resolve("piqa.jsonl") + " has 3 rows; --shots 3 draws 4 of them, as the question itself may be"
                        + " among them",
                refusal(piqa + " --shots 3 --shots-data " + ITEMS.resolve("piqa.jsonl")));
        assertEquals(
                ITEMS.resolve("mmlu.jsonl") + " has 2 rows; --shots 3 draws 3 of them",
                refusal("eval base " + task("mmlu") + " --shots 3 --shots-data " + ITEMS.resolve("mmlu.jsonl")));
        assertTrue(refusal(piqa + " --shots 2 --shots-data " + ITEMS.resolve("hellaswag.jsonl"))
                .contains(" lacks 'goal'"));
    }

    @Test
    void tuningIsValidatedByATask() throws IOException {
        String judge = " --task arc-easy --task-data " + ITEMS.resolve("arc-easy.jsonl");
        TuneResult tuned =
                (TuneResult) run("tune base --steps 2 --batch 2 --validate 1 --data novels --as tuned" + judge);
        assertEquals(TaskAccuracy.MEASURE, tuned.metric());
        assertEquals(3, tuned.examples());
        assertEquals("novels", tuned.data());
        assertEquals(ITEMS.resolve("arc-easy.jsonl").toString(), tuned.questions());
        assertEquals(2, tuned.loss().size());
        EvalResult before = (EvalResult) run("eval base --split validation " + task("arc-easy"));
        EvalResult after = (EvalResult) run("eval tuned --split validation " + task("arc-easy"));
        assertEquals(before.value(), tuned.before());
        assertEquals(after.value(), tuned.after());
        double best = tuned.validation().stream()
                .mapToDouble(TuneResult.Checked::value)
                .max()
                .orElseThrow();
        assertEquals(best, tuned.after(), "the best step is kept");
        assertTrue(Views.BUILT_IN.sentence(tuned).contains("3 items of "), Views.BUILT_IN.sentence(tuned));
        assertTrue(refusal("tune base --task arc-easy --as x")
                .startsWith("--task validates by questions: --task-data FILE"));
        assertTrue(
                refusal("tune base --task-data x.jsonl --as x").startsWith("--task-data is of questions: add --task"));
        run("load vit-signs --as images");
        assertTrue(refusal("tune images --as x" + judge).startsWith("--task arc-easy asks language models"));
    }

    @Test
    void aTaskInYamlIsTheSameAsInJson() throws IOException {
        Path data = file("lands.jsonl", "{\"land\": \"Russia\", \"key\": 1}");
        Path json = file(
                "lands.json",
                "{\"name\": \"lands\", \"description\": \"Lands.\\n\\n\", \"prompt\": \"The capital of {land} is\",",
                "\"choices\": [\"a window\", \"Moscow\"], \"answer\": \"key\"}");
        Path yaml = file(
                "lands.yaml",
                "# what towns are",
                "name: lands",
                "description: |+",
                "  Lands.",
                "",
                "prompt: The capital of {land} is",
                "choices: [a window, Moscow]",
                "answer: key");
        EvalResult one = (EvalResult) run("eval base --task " + json + " --data " + data);
        EvalResult other = (EvalResult) run("eval base --task " + yaml + " --data " + data);
        assertArrayEquals(
                one.task().items().get(0).logLikelihoods(),
                other.task().items().get(0).logLikelihoods());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            quoteCharacter = '^',
            value = {
                "name: x|prompt: '{a}'|choices: [b, c]|anser: d#, line 4: a task has no field 'anser'; did you mean 'answer'?",
                "name: x|prompt: '{a}'|choices: [b, '']|answer: d#, line 3: a choice is a text that isn't empty; here it is \"\"",
                "name: x|prompt: '{a}'|choices: [b, c]#, line 1: a task needs the field 'answer'",
                "name: x|prompt: '{a}'|choices: [b, c]|labels: [k]|answer: d#, line 4: there are 1 labels and 2 choices",
                "name: x|prompt: '{a}'|choices: [b, c]|answer: d|examples: {drw: first}#, line 5: 'examples' of a task has no field 'drw'; did you mean 'draw'?",
                "name: x|prompt: '{a|upper}'|choices: [b, c]|answer: d#, line 2: the place {a",
                "name: x|form: gap#, line 2: the field 'form' of a task can't be read",
                "name: x|prompt: 'a# is not valid YAML at line",
                "name: x|name: y# is not valid YAML at line 2",
                "- a|- b# is no mapping"
            })
    void whatIsWrongWithAYamlIsNamedByItsLine(String lines, String message) throws IOException {
        Path task = file(
                "x.yaml",
                lines.replace("{a|upper}", "{a\0upper}").replace("|", "\n").replace("\0", "|"));
        String refusal = refusal("eval base --task " + task + " --data " + ITEMS.resolve("piqa.jsonl"));
        assertTrue(refusal.startsWith(task.toString()) && refusal.contains(message), refusal);
        assertEquals(1, refusal.lines().count());
    }

    @Test
    void whatCannotBeAskedIsRefused() throws IOException {
        String items = ITEMS.resolve("hellaswag.jsonl").toString();
        assertEquals(
                "there is no task 'helaswag'; did you mean 'hellaswag'? Tasks are hellaswag, piqa, arc-easy, arc-challenge,"
                        + " winogrande, openbookqa, boolq, lambada, mmlu, or a JSON or YAML file",
                refusal("eval base --task helaswag --data " + items));
        assertTrue(refusal("eval base --task piqa").startsWith("--task piqa needs its questions: --data FILE"));
        assertTrue(refusal("eval base --task piqa --data " + items).contains("hellaswag.jsonl, item 1 lacks 'goal'"));
        assertTrue(refusal("eval base --context 64 " + task("piqa"))
                .startsWith("--context is for language models and text"));
        run("load vit-signs --as images");
        assertTrue(refusal("eval images " + task("piqa")).startsWith("--task piqa asks language models"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "{\"goal\": \"a\", \"sol1\": \"b\", \"sol2\": \"c\", \"label\": 2}|item 1: its answer in 'label' is '2', which is none of 0, 1",
                "{\"goal\": \"a\", \"sol1\": \"\", \"sol2\": \"c\", \"label\": 1}|item 1: a choice is empty",
                "{\"goal\": \"a\", \"sol1\": [1], \"sol2\": \"c\", \"label\": 1}|item 1: 'sol1' holds a list where a text is due",
                "{\"goal\": null, \"sol1\": \"b\", \"sol2\": \"c\", \"label\": 1}|item 1 lacks 'goal'"
            })
    void wrongRowsAreNamed(String row, String message) throws IOException {
        Path data = file("piqa.jsonl", row);
        String refusal = refusal("eval base --task piqa --data " + data);
        assertTrue(refusal.contains(message), refusal);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            quoteCharacter = '^',
            value = {
                "{\"prompt\": \"{a}\", \"choices\": \"b\", \"answer\": \"c\"}#a task needs the field 'name'",
                "{\"name\": \"x\", \"prompt\": \"{a}\", \"choices\": [\"b\"], \"answer\": \"c\"}#a task needs the field 'choices'",
                "{\"name\": \"x\", \"prompt\": \"{a}\", \"choice\": \"b\", \"answer\": \"c\"}#a task has no field 'choice'; did you mean 'choices'?",
                "{\"name\": \"x\", \"form\": \"gap\", \"prompt\": \"{a}\"}#the field 'form' of a task can't be read",
                "{\"name\": \"x\", \"form\": \"last-word\", \"prompt\": \"{a}\", \"replace\": [{\"pattern\": \"(\", \"by\": \"\"}]}#the field 'replace' of a task can't be read",
                "{\"name\": \"x\", \"prompt\": \"{a|upper}\", \"choices\": \"b\", \"answer\": \"c\"}#asks for 'upper'"
            })
    void wrongDefinitionsAreNamed(String json, String message) throws IOException {
        Path task = file("x.json", json);
        String refusal = refusal("eval base --task " + task + " --data " + ITEMS.resolve("piqa.jsonl"));
        assertTrue(refusal.contains(message), refusal);
    }
}
