package ffmerge.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import ffmerge.Samples;
import ffmerge.evaluate.Accuracy;
import ffmerge.evaluate.Bleu;
import ffmerge.evaluate.Perplexity;
import ffmerge.magic.command.Command;
import ffmerge.magic.command.CommandSpec;
import ffmerge.magic.command.Commands;
import ffmerge.magic.command.HelpResult;
import ffmerge.magic.typing.HelpView;
import ffmerge.result.CompareResult;
import ffmerge.result.Difference;
import ffmerge.result.EvalResult;
import ffmerge.result.Interval;
import ffmerge.result.Result;
import ffmerge.result.SweepResult;
import ffmerge.result.TextProtocol;
import ffmerge.table.TableHtml;
import ffmerge.table.TableText;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Table;

class ViewsTest {
    /** A view that somebody forgot would be silent: such results are shown as their JSON. */
    @Test
    void everyKindOfResultHasAViewAndASample() {
        Set<Class<?>> kinds = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("ffmerge").stream()
                        .filter(type -> type.isAssignableTo(Result.class) && !type.isInterface())
                        .map(JavaClass::reflect)
                        .collect(Collectors.toSet());
        Set<Class<?>> viewed = Views.BUILT_IN.with(new HelpView()).all().stream()
                .map(View::type)
                .collect(Collectors.toSet());
        assertEquals(kinds, viewed);
        Set<Class<?>> sampled = Samples.all().stream().map(Object::getClass).collect(Collectors.toSet());
        sampled.add(HelpResult.class);
        assertEquals(kinds, sampled);
    }

    /** A run without an outcome would be an empty cell of the log. */
    @Test
    void everyResultThatIsLoggedSaysWhatCameOut() {
        Set<Class<?>> logged = Commands.BUILT_IN.all().stream()
                .filter(command -> command.spec().takes() == CommandSpec.Takes.LOADED_MODEL)
                .filter(command -> command.spec().makes() == CommandSpec.Makes.MODEL
                        || Views.BUILT_IN.of(command.result()).isFinding())
                .map(Command::result)
                .collect(Collectors.toSet());
        assertTrue(logged.size() > 8, logged.toString());
        for (Result result : Samples.all()) {
            if (logged.contains(result.getClass())) {
                String outcome = Views.BUILT_IN.of(result).outcome(result);
                assertTrue(!outcome.isBlank() && outcome.length() < 80, result.getClass() + ": " + outcome);
            }
        }
        assertEquals(
                "most alike 10 and 11 in the decoder (0.58)",
                Views.BUILT_IN.of(Samples.cka()).outcome(Samples.cka()));
    }

    /** What is said before the work holds after it: a picture where one was promised, and none where it was refused. */
    @Test
    void aViewThatSaysItDrawsDrawsItsSample() {
        for (Result result : Samples.all()) {
            View<Result> view = Views.BUILT_IN.of(result);
            assertEquals(
                    view.isDrawn(), !view.charts(result).isEmpty(), view.type().getName());
        }
    }

    /** Behind a value, "1.56. 1,151 tokens" would read as one number. */
    @Test
    void howATextWasScoredBeginsWithAWord() {
        String scored = TextProtocol.sentence(new TextProtocol(256, 128, "no", "window", 1151));
        assertEquals(" In windows of 256, 128 apart, 1,151 tokens are scored, each window counts alike.", scored);
    }

    /** The change is to the unchanged model; an interval that is not of it stands behind the difference that it is of. */
    @Test
    void differencesToAReferenceAreNamedBesideTheChange() {
        SweepResult sweep = Samples.sweep();
        List<SweepResult.Row> rows = sweep.rows().stream()
                .map(row -> row.with(new Difference("other", 1.5, new Interval(1, 2), 0.01, null)))
                .toList();
        Table table = Views.BUILT_IN
                .rows(new SweepResult(
                        sweep.model(),
                        sweep.lengths(),
                        sweep.metric(),
                        sweep.baseline(),
                        sweep.data(),
                        sweep.split(),
                        rows,
                        rows.get(0),
                        sweep.protocol(),
                        sweep.methods(),
                        sweep.leftOut(),
                        sweep.scoring(),
                        sweep.examples(),
                        null,
                        null))
                .orElseThrow();
        int difference = table.columnNames().indexOf("difference to other");
        assertEquals("its 95 % interval", table.columnNames().get(difference + 1));
        assertEquals("+1.50", table.stringColumn(difference).get(0));
    }

    @Test
    void aFileGetsAllOfASweep() {
        Table rows = Views.BUILT_IN.rows(Samples.sweep()).orElseThrow();
        assertEquals(
                List.of(
                        "method",
                        "window",
                        "first layer",
                        "perplexity",
                        "95 % interval",
                        "change",
                        "its 95 % interval",
                        "p (Holm)",
                        "matched correlation, mean of a layer",
                        "parameters removed",
                        "seconds"),
                rows.columnNames());
        assertEquals(14, rows.rowCount());
        Table best = rows.where(rows.stringColumn("window")
                .isEqualTo("3-8")
                .and(rows.stringColumn("method").isEqualTo("permute")));
        double value = Samples.sweep().best().value();
        assertEquals(value, best.doubleColumn("perplexity").getDouble(0));
        assertEquals(
                value - Samples.sweep().baseline(), best.doubleColumn("change").getDouble(0));
        double mean = Samples.sweep().best().matchedCorrelation().get("decoder").values().stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElseThrow();
        assertEquals(
                mean, best.doubleColumn("matched correlation, mean of a layer").getDouble(0), 1e-9);
        // the vanilla rows have no matched correlation
        assertEquals(7, rows.column("matched correlation, mean of a layer").countMissing());
    }

    @Test
    void aFileGetsEveryStepOfATuning() {
        Table steps = Views.BUILT_IN.rows(Samples.tune()).orElseThrow();
        assertEquals(301, steps.rowCount());
        assertEquals(87.81, steps.doubleColumn("perplexity").getDouble(0));
        assertEquals(1, steps.doubleColumn("loss").countMissing());
        assertEquals(Samples.tune().loss().get(299), steps.doubleColumn("loss").getDouble(300));
    }

    @Test
    void aFileGetsWhatARunDependedOn() {
        Table runs = Views.BUILT_IN.rows(Samples.runs()).orElseThrow();
        assertEquals("gpt2-novels > merge 3-8", runs.stringColumn("model").get(0));
        assertTrue(runs.columnNames().containsAll(List.of("threads", "machine", "java", "version")));
    }

    @Test
    void layersOfAMergeSayWhatBecameOfThem() {
        assertEquals(
                """
                stack    layer  became               matched correlation
                ───────  ─────  ───────────────────  ───────────────────
                encoder      1  merged with layer 2               154.50
                encoder      2  anchor
                encoder      3  merged with layer 2               149.90
                decoder      1  merged with layer 2               154.50
                decoder      2  anchor
                decoder      3  merged with layer 2               149.90""",
                TableText.of(Views.BUILT_IN.rows(Samples.mergeOfTwoStacks()).orElseThrow()));
    }

    @Test
    void modelsOfSeveralTasksHaveAColumnForEachMetric() {
        CompareResult mixed = new CompareResult(
                "digits",
                "test",
                List.of(
                        Samples.compareRow(
                                "vit", Accuracy.MEASURE, 0.9455, 10, 10, 40, 1, 1, 1, null, null, null, 2000),
                        Samples.compareRow("mt", Bleu.MEASURE, 34.07, 20, 20, 80, 1, 1, 1, null, null, null, 1000)));
        Table table = Views.BUILT_IN.rows(mixed).orElseThrow();
        assertEquals("94.55 %", table.column("accuracy").getString(0));
        assertEquals("", table.column("accuracy").getString(1));
        assertEquals("34.07", table.column("BLEU").getString(1));
    }

    @Test
    void htmlSetsNumbersToTheRightAndEscapesNames() {
        EvalResult result = new EvalResult(
                "<b>",
                Perplexity.MEASURE,
                1615.016,
                "a & b",
                "test",
                3,
                1,
                1,
                Map.of(),
                null,
                null,
                null,
                List.of(),
                null);
        String html = TableHtml.of(Views.BUILT_IN.rows(result).orElseThrow());
        assertTrue(html.contains("<td style=\"text-align:right\">1,615.02</td>"), html);
        assertTrue(html.contains("<th style=\"text-align:right\">perplexity</th>"), html);
        assertTrue(html.contains("<td style=\"text-align:left;white-space:pre-line\">&lt;b&gt;</td>"), html);
        assertTrue(html.contains("a &amp; b"), html);
    }

    @Test
    void aScoreboardSetsChangesAgainstBaselines() {
        Table table = Views.BUILT_IN.table(Samples.scoreboard()).orElseThrow();
        assertEquals("small: gpt2-novels 3-8", table.column("model").getString(0));
        assertEquals("80.65 → 87.79", table.column("ours").getString(0));
        assertEquals("+8.9 %", table.column("change").getString(0));
        assertEquals("16.16 → 17.27", table.column("theirs").getString(0));
        assertEquals("+2.0 points", table.column("difference").getString(0));
        assertEquals("permuted, tuned", table.column("method").getString(1));
        assertEquals("not measured", table.column("ours").getString(2));
        assertEquals("", table.column("change").getString(2));
        assertFalse(table.column("also differs in").getString(1).contains("novels"), "what all have in common");
        assertEquals(
                "3 models of the log beside arXiv 2501.06126, Table 10; the newest, tuned, changes its perplexity by +3.7 %,"
                        + " GPT-2 Large 22-34 by +6.9 %. All differ from the paper's in: data novels test, theirs WikiText-103"
                        + " test.",
                Views.BUILT_IN.sentence(Samples.scoreboard()));
    }
}
