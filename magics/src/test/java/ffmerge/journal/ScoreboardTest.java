package ffmerge.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Measure;
import ffmerge.Samples;
import ffmerge.StateFolder;
import ffmerge.evaluate.Perplexity;
import ffmerge.result.EvalResult;
import ffmerge.result.Provenance;
import ffmerge.result.Result;
import ffmerge.result.Run;
import ffmerge.result.ScoreboardResult;
import ffmerge.result.Subject;
import ffmerge.shrink.Lineage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoreboardTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PARAMETERS = 2_936_576;
    private static final int MERGED = 2_278_016;

    private int runs;

    private static Subject gpt2(String lineage, int feedForwards, long parameters) {
        return new Subject(lineage, "gpt2", 12, feedForwards, parameters, 256);
    }

    private static final Subject BASE = gpt2("gpt2-novels", 12, PARAMETERS);
    private static final Subject SMALL = gpt2("gpt2-novels > merge [[3, 4, 5, 6, 7, 8]] permute first", 7, MERGED);
    private static final Subject TUNED =
            gpt2("gpt2-novels > merge [[3, 4, 5, 6, 7, 8]] permute first > tune 300 steps", 7, MERGED);

    private Run run(String line, Result result, Map<String, Subject> models) {
        String lineage = models.values().iterator().next().lineage();
        return new Run(
                String.format("2026-11-21T15:54:%02d.000Z", runs++),
                line.substring(0, line.indexOf(' ')),
                line,
                1,
                new Provenance("0.1.0", "17", "Linux", 2, lineage, models),
                JSON.valueToTree(result),
                "",
                result.measures());
    }

    private Run eval(String line, String name, Subject subject, double value) {
        EvalResult result = new EvalResult(name, Perplexity.MEASURE, value, "novels", "test", 800, 1, 1);
        return run(line, result, Map.of(name, subject));
    }

    @Test
    void aMeasuredModelStandsBesideTheRowOfTheSameShare() {
        ScoreboardResult board = Scoreboard.of(List.of(
                eval("eval base", "base", BASE, 80.65),
                run("merge base --window 3-8 --as small", Samples.merge(), Map.of("base", BASE)),
                eval("eval tuned", "tuned", TUNED, 83.65),
                eval("eval small", "small", SMALL, 87.79)));
        assertEquals(2, board.rows().size(), "the merge itself is known by its measurement");
        assertTrue(board.source().endsWith("Table 10"));
        ScoreboardResult.Row row = board.rows().get(1);
        assertEquals("permute 3-8 0", row.method() + " " + row.layers() + " " + row.steps());
        assertEquals(87.79 / 80.65 - 1, row.change(), 1e-12);
        assertEquals(5 / 12.0, row.feedForwardsRemoved(), 1e-12);
        assertEquals(1 - (double) MERGED / PARAMETERS, row.parametersRemoved(), 1e-12);
        assertEquals(
                new ScoreboardResult.PublishedRow(
                        "GPT-2 Large", "22-34", 17.27, 16.16, 17.27 / 16.16 - 1, 12 / 36., 0.2033),
                row.published(),
                "5 of 12 lies between 12 and 18 of 36: the parameters decide");
        assertEquals(row.change() - row.published().change(), row.difference(), 1e-12);
        assertEquals(
                List.of(
                        "model gpt2-novels of 12 layers, theirs GPT-2 Large of 36",
                        "data novels test, theirs WikiText-103 test",
                        "context 256 with stride 128, theirs 1024 with 512",
                        "tuning none, theirs up to 100,000 steps",
                        "baseline not tuned, theirs is",
                        "layers 3-8, theirs 22-34",
                        "protocol ours, theirs leaves out the last window"),
                row.differs());
        assertEquals(300, board.rows().get(0).steps());
        assertTrue(board.rows().get(0).differs().contains("tuning 300 steps, theirs up to 100,000 steps"));
    }

    @Test
    void aBaselineIsMeasuredOnTheSameExamples() {
        ScoreboardResult board = Scoreboard.of(List.of(
                eval("eval base", "base", BASE, 80.65),
                eval("eval base --limit 8", "base", BASE, 70),
                eval("eval small --limit 8", "small", SMALL, 77),
                eval("eval small --weighting token", "small", SMALL, 99)));
        assertEquals(0.1, board.rows().get(0).change(), 1e-12);
        assertTrue(board.rows().get(0).differs().contains("the first 8 examples, theirs all"));
        assertTrue(Double.isNaN(board.rows().get(1).change()), "no baseline is weighted by token");
        assertTrue(board.rows().get(1).differs().contains("perplexity weighted by token, theirs by window"));
    }

    /** The log keeps a measure whole, so that one that nobody here knows is told in its own words. */
    @Test
    void anotherMetricThanThePapersIsToldAndNotSetAgainstIt(@TempDir Path folder) {
        Measure madeUp = Measure.higher("hits", "guesses").titled("Hits").asShare();
        RunLog log = new RunLog(new StateFolder(folder));
        log.write(
                run("eval base", new EvalResult("base", madeUp, 0.8, "novels", "test", 8, 1, 1), Map.of("base", BASE)));
        log.write(run(
                "eval small", new EvalResult("small", madeUp, 0.6, "novels", "test", 8, 1, 1), Map.of("small", SMALL)));
        ScoreboardResult.Row row = Scoreboard.of(log.read(2)).rows().get(0);
        assertEquals(madeUp, row.metric());
        assertEquals(-0.25, row.change(), 1e-12);
        assertEquals(0.25, row.loss(), 1e-12);
        assertTrue(Double.isNaN(row.difference()));
        assertTrue(
                row.differs().contains("Hits, theirs perplexity"), row.differs().toString());
    }

    /** As 0.1 logged it: a result's JSON, and no more of a measure than its name. */
    @Test
    void aRunOfAnOlderVersionHasItsOutcomeFromTheJson(@TempDir Path folder) throws Exception {
        Files.createDirectories(folder.resolve("runs"));
        Files.writeString(
                folder.resolve("runs/20260101T000000000-eval.json"),
                "{\"time\":\"2026-01-01T00:00:00Z\",\"command\":\"eval\",\"line\":\"eval vit\",\"seconds\":1,"
                        + "\"provenance\":{\"version\":\"0\",\"java\":\"17\",\"machine\":\"m\",\"threads\":2,"
                        + "\"model\":\"vit-digits\"},\"result\":{\"model\":\"vit\",\"metric\":\"accuracy\",\"value\":0.9455}}");
        assertEquals(
                "accuracy 94.55 %",
                new RunLog(new StateFolder(folder)).read(1).get(0).outcome());
    }

    @Test
    void aComparisonASweepADropAndWhatWasNeverMeasured() {
        Map<String, Subject> compared = new LinkedHashMap<>();
        compared.put("base", BASE);
        compared.put("permuted", SMALL);
        compared.put("cut", new Subject("gpt2-novels > drop [2, 3, 4, 5]", "gpt2", 8, 8, 2_143_488, 256));
        ScoreboardResult board = Scoreboard.of(List.of(
                run("drop base --window 3-4 --as gone", Samples.drop(), Map.of("base", BASE)),
                run("sweep base --length 6", Samples.sweep(), Map.of("base", BASE)),
                run("compare base permuted cut", Samples.compare(), compared),
                run("tune small --steps 300 --as tuned", Samples.tune(), Map.of("small", SMALL))));
        assertEquals(
                List.of("drop", "compare", "compare", "tune"),
                board.rows().stream().map(ScoreboardResult.Row::command).toList(),
                "the sweep's best window was measured again on the same data");
        ScoreboardResult.Row unmeasured = board.rows().get(0);
        assertEquals("drop 3-4 NaN", unmeasured.method() + " " + unmeasured.layers() + " " + unmeasured.value());
        assertEquals(87.79 / 80.65 - 1, board.rows().get(1).change(), 1e-12);
        ScoreboardResult.Row cut = board.rows().get(2);
        assertEquals("16-34", cut.published().window(), "27 % of the parameters");
        assertTrue(cut.differs().contains("layer dropping, theirs permuted"));
        assertTrue(Double.isNaN(board.rows().get(3).baseline()), "tuning measures the validation split");
    }

    @Test
    void logsOfOlderVersionsAreLeftOut() throws Exception {
        Run old = JSON.readValue(
                "{\"time\":\"2026-01-01T00:00:00Z\",\"command\":\"eval\",\"line\":\"eval small\",\"seconds\":1,"
                        + "\"provenance\":{\"version\":\"0\",\"java\":\"17\",\"machine\":\"m\",\"threads\":2,"
                        + "\"model\":\"gpt2-novels > merge 3-8\"},\"result\":{\"model\":\"small\",\"value\":1}}",
                Run.class);
        assertEquals(List.of(), Scoreboard.of(List.of(old)).rows());
    }

    @Test
    void aLineageIsReadAsItIsWritten() {
        Lineage lineage = new Lineage("gpt2-novels", List.of())
                .merged(List.of(List.of(0, 1), List.of(4, 6, 8)), "none", "last", "gate", "code")
                .tuned(20)
                .tuned(30);
        assertEquals(
                "gpt2-novels > merge [[0, 1], [4, 6, 8]] none last features gate protocol code > tune 20 steps > tune 30 steps",
                lineage.toString());
        Lineage read = Lineage.parse(lineage.toString());
        assertEquals(lineage, read);
        assertEquals(
                "none 0-1 and 4,6,8 last code 50",
                String.join(
                        " ", read.method(), read.layers(), read.anchor(), read.protocol(), "" + read.tuningSteps()));
        assertEquals("", new Lineage("x", List.of("tune 3 steps")).method());
        assertEquals(
                "drop 3-4",
                new Lineage("x", List.of()).dropped(List.of(3, 4)).method() + " "
                        + new Lineage("x", List.of()).dropped(List.of(3, 4)).layers());
    }
}
