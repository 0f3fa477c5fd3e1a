package ffmerge.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Measure;
import ffmerge.Samples;
import ffmerge.StateFolder;
import ffmerge.evaluate.Perplexity;
import ffmerge.result.EvalResult;
import ffmerge.result.Lineage;
import ffmerge.result.Measurement;
import ffmerge.result.Provenance;
import ffmerge.result.Result;
import ffmerge.result.Run;
import ffmerge.result.ScoreboardResult;
import ffmerge.result.Step;
import ffmerge.result.Subject;
import ffmerge.result.TextProtocol;
import ffmerge.shrink.Ways;
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

    private static Subject gpt2(Lineage lineage, int layers, int feedForwards, long parameters) {
        return new Subject(lineage.toString(), "gpt2", layers, feedForwards, parameters, 256, 4 * parameters, lineage);
    }

    private static final Lineage WHOLE = new Lineage("gpt2-novels");

    private static Step merged(List<Integer> layers) {
        return Step.smaller("merge", "permute", List.of(new Step.Group("decoder", layers)))
                .with("anchor", "first");
    }

    private static Step dropped(List<Integer> layers) {
        return Step.smaller("drop", "drop", List.of(new Step.Group("decoder", layers)));
    }

    private static final Lineage SMALLER =
            WHOLE.then(merged(List.of(3, 4, 5, 6, 7, 8)).with("protocol", "ours"));
    private static final Subject BASE = gpt2(WHOLE, 12, 12, PARAMETERS);
    private static final Subject SMALL = gpt2(SMALLER, 12, 7, MERGED);
    private static final Subject TUNED = gpt2(SMALLER.then(Step.tuned(300)), 12, 7, MERGED);

    private Run run(String line, Result result, Map<String, Subject> models, Map<String, Subject> made) {
        return run(line, Map.of(), result, models, made);
    }

    private Run run(
            String line,
            Map<String, Object> options,
            Result result,
            Map<String, Subject> models,
            Map<String, Subject> made) {
        String lineage = models.values().iterator().next().lineage();
        return new Run(
                String.format("2026-11-21T15:54:%02d.000Z", runs++),
                RunLog.newId(),
                line.substring(0, line.indexOf(' ')),
                line,
                List.of(),
                options,
                1,
                new Provenance("0.1.0", "17", "Linux", 2, lineage, models),
                made,
                result.measurements(),
                JSON.valueToTree(result),
                "");
    }

    private Run eval(String line, String name, Subject subject, double value) {
        return eval(line, Map.of(), name, subject, value);
    }

    private Run eval(String line, Map<String, Object> options, String name, Subject subject, double value) {
        return run(line, options, scored(name, value, "window"), Map.of(name, subject), Map.of());
    }

    private Run evalByToken(String line, String name, Subject subject, double value) {
        return run(line, scored(name, value, "token"), Map.of(name, subject), Map.of());
    }

    private static EvalResult scored(String name, double value, String weighting) {
        TextProtocol scoring = new TextProtocol(256, 128, "auto", weighting, 1000);
        return new EvalResult(
                name,
                Perplexity.MEASURE,
                value,
                "novels",
                "test",
                800,
                1,
                1,
                Map.of(),
                scoring,
                null,
                null,
                List.of(),
                null);
    }

    @Test
    void aMeasuredModelStandsBesideTheRowOfTheSameShare() {
        ScoreboardResult board = scoreboard(List.of(
                eval("eval base", "base", BASE, 80.65),
                run(
                        "merge base --window 3-8 --as small",
                        Samples.merge(),
                        Map.of("base", BASE),
                        Map.of("small", SMALL)),
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
                        "GPT-2 Large",
                        "22-34",
                        17.27,
                        16.16,
                        17.27 / 16.16 - 1,
                        12 / 36.,
                        0.2033,
                        "permuted",
                        Perplexity.MEASURE),
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
        ScoreboardResult board = scoreboard(List.of(
                eval("eval base", "base", BASE, 80.65),
                eval("eval base --limit n", Map.of("limit", 8), "base", BASE, 70),
                eval("eval small --limit 8", Map.of("limit", 8), "small", SMALL, 77),
                evalByToken("eval small --weighting token", "small", SMALL, 99)));
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
        log.write(run(
                "eval base",
                new EvalResult(
                        "base", madeUp, 0.8, "novels", "test", 8, 1, 1, Map.of(), null, null, null, List.of(), null),
                Map.of("base", BASE),
                Map.of()));
        log.write(run(
                "eval small",
                new EvalResult(
                        "small", madeUp, 0.6, "novels", "test", 8, 1, 1, Map.of(), null, null, null, List.of(), null),
                Map.of("small", SMALL),
                Map.of()));
        ScoreboardResult.Row row = scoreboard(log.read(2)).rows().get(0);
        assertEquals(madeUp, row.metric());
        assertEquals(-0.25, row.change(), 1e-12);
        assertEquals(0.25, row.loss(), 1e-12);
        assertTrue(Double.isNaN(row.difference()));
        assertTrue(
                row.differs().contains("Hits, theirs perplexity"), row.differs().toString());
    }

    @Test
    void runsOfTheSameMomentAreBothKept(@TempDir Path folder) {
        Run one = eval("eval base", "base", BASE, 80);
        RunLog log = new RunLog(new StateFolder(folder));
        for (double value : new double[] {80, 81}) {
            log.write(new Run(
                    one.time(),
                    RunLog.newId(),
                    one.command(),
                    one.line(),
                    List.of("base"),
                    Map.of("limit", 8),
                    1,
                    one.provenance(),
                    Map.of("made", SMALL),
                    List.of(new Measurement("base", Perplexity.MEASURE, value, "novels", "test", null, 613)),
                    one.result(),
                    ""));
        }
        List<Run> read = log.read(5);
        assertEquals(
                List.of(80., 81.),
                read.stream().map(run -> run.measured().get(0).value()).sorted().toList());
        assertEquals(Map.of("limit", 8), read.get(0).options());
        assertEquals(List.of("base"), read.get(0).arguments());
        assertEquals(SMALL, read.get(0).made().get("made"));
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
        compared.put("cut", gpt2(WHOLE.then(dropped(List.of(2, 3, 4, 5))), 8, 8, 2_143_488));
        ScoreboardResult board = scoreboard(List.of(
                run(
                        "drop base --window 3-4 --as gone",
                        Samples.drop(),
                        Map.of("base", BASE),
                        Map.of("cut", gpt2(WHOLE.then(dropped(List.of(3, 4))), 10, 10, 2540032))),
                run("sweep base --length 6", Samples.sweep(), Map.of("base", BASE), Map.of()),
                run("compare base permuted cut", Samples.compare(), compared, Map.of()),
                run(
                        "tune small --steps 300 --as tuned",
                        Samples.tune(),
                        Map.of("small", SMALL),
                        Map.of("tuned", TUNED))));
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
        assertEquals(List.of(), scoreboard(List.of(old)).rows());
    }

    /** A model that 0.1 saved: nobody knows what its words mean, so it is neither smaller nor whole. */
    @Test
    void whatIsKnownInWordsAloneIsNobodysBaseline() {
        Subject inWords = gpt2(Lineage.inWords("gpt2-novels > merge [[3, 4]] permute first"), 12, 11, PARAMETERS);
        ScoreboardResult board =
                scoreboard(List.of(eval("eval old", "old", inWords, 90), eval("eval small", "small", SMALL, 87.79)));
        assertEquals(1, board.rows().size());
        assertTrue(Double.isNaN(board.rows().get(0).baseline()));
    }

    private static ScoreboardResult scoreboard(List<Run> runs) {
        return Scoreboard.of(runs, Ways.BUILT_IN);
    }
}
