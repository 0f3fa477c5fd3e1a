package ffmerge.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.Measure;
import ffmerge.Samples;
import ffmerge.evaluate.Perplexity;
import ffmerge.result.ChooseResult;
import ffmerge.result.CompareResult;
import ffmerge.result.Difference;
import ffmerge.result.EvalResult;
import ffmerge.result.FewExamples;
import ffmerge.result.GridResult;
import ffmerge.result.Interval;
import ffmerge.result.Labels;
import ffmerge.result.Result;
import ffmerge.result.SweepResult;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of intervals and tests of few examples, wherever they are shown. */
class FewExamplesTest {
    private static final Measure METRIC = Perplexity.MEASURE;
    private static final Difference DIFFERENCE = new Difference("base", -0.4, new Interval(-0.5, -0.3), 0.0002, null);

    private static EvalResult eval(long examples, Interval interval) {
        return new EvalResult(
                "m",
                METRIC,
                85.05,
                "novels",
                "test",
                examples,
                1,
                1,
                Map.of(),
                null,
                interval,
                DIFFERENCE,
                List.of(),
                null);
    }

    private static CompareResult.Row row(String model, long examples, Difference difference) {
        return new CompareResult.Row(
                model,
                METRIC,
                85,
                10,
                10,
                40,
                0,
                0,
                1,
                1,
                Map.of(1, new CompareResult.Latency(0.1, new Interval(0.1, 0.1), null)),
                new Interval(84, 86),
                difference,
                null,
                examples,
                null);
    }

    private static JsonNode json(Result result) {
        return ResultJson.of("any", result);
    }

    /** All of n differences have one sign twice in 2^n times. */
    @ParameterizedTest
    @CsvSource({"2, 0.5", "3, 0.25", "4, 0.125", "5, 0.0625", "6, 0.03125", "9, 0.00390625"})
    void theLeastChanceIsOfAllSignsAlike(int examples, double least) {
        int alike = 0;
        for (int signs = 0; signs < 1 << examples; signs++) {
            int plus = Integer.bitCount(signs);
            alike += plus == 0 || plus == examples ? 1 : 0;
        }
        assertEquals(least, (double) alike / (1 << examples));
        assertEquals(least, FewExamples.of(examples).leastP());
        assertEquals(least < 0.05, FewExamples.of(examples).canTell());
        assertEquals(least, FewExamples.least(0.0002, examples));
        assertEquals(0.7, FewExamples.least(0.7, examples));
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "10", "613"})
    void ofEnoughNothingIsSaid(int examples) {
        assertNull(FewExamples.of(examples));
        assertEquals("", FewExamples.sentence(examples, METRIC));
        assertEquals(0.0002, FewExamples.least(0.0002, examples));
        assertTrue(json(eval(examples, examples < 2 ? null : new Interval(84, 86)))
                .path("fewExamples")
                .isMissingNode());
    }

    @Test
    void anEvaluationOfFewSaysSo() {
        EvalResult few = eval(4, new Interval(84, 86));
        String sentence = Views.BUILT_IN.sentence(few);
        assertTrue(sentence.contains(", p ≥ 0.125 on novels"), sentence);
        assertTrue(
                sentence.contains(
                        " Only 4 windows: intervals of fewer than 10 are rough and rather too narrow, and p can't"
                                + " be below 0.125."),
                sentence);
        assertEquals(4, json(few).at("/fewExamples/examples").asInt());
        assertEquals(0.125, json(few).at("/fewExamples/leastP").asDouble());
        assertEquals(0.0002, json(few).at("/difference/p").asDouble(), "the bootstrap's own");
        assertTrue(Views.BUILT_IN.sentence(eval(10, new Interval(84, 86))).contains(", p < 0.001 on novels"));
        assertFalse(Views.BUILT_IN.sentence(eval(1, null)).contains("Only"));
    }

    @Test
    void aComparisonOfFewNamesNoWinner() {
        for (int examples : new int[] {4, 6, 20}) {
            CompareResult compared = new CompareResult(
                    "novels",
                    "test",
                    List.of(row("base", examples, null), row("a", examples, DIFFERENCE)),
                    CompareResult.Axis.PARAMETERS,
                    "");
            String text = Views.BUILT_IN.sentence(compared);
            String table = Views.BUILT_IN.table(compared).orElseThrow().printAll();
            assertEquals(examples < 10, text.contains("Only " + examples + " windows"), text);
            assertEquals(examples == 4, table.contains("≥ 0.125"), table);
            assertEquals(examples == 6, table.contains("≥ 0.031"), table);
            assertEquals(examples == 20, table.contains("< 0.001"), table);
            JsonNode row = json(compared).at("/rows/1");
            assertEquals(examples < 10, row.has("fewExamples"), row::toString);
        }
    }

    private static GridResult grid(long examples) {
        GridResult g = Samples.grid();
        return new GridResult(
                g.model(),
                g.data(),
                g.split(),
                g.metric(),
                g.of(),
                g.steps(),
                g.reference(),
                g.scoring(),
                examples,
                g.cells(),
                g.controls(),
                g.rows(),
                g.fronts(),
                g.reused(),
                g.against());
    }

    private static SweepResult sweep(long examples) {
        SweepResult s = Samples.sweep();
        return new SweepResult(
                s.model(),
                s.lengths(),
                s.metric(),
                s.baseline(),
                s.data(),
                s.split(),
                s.rows(),
                s.best(),
                s.protocol(),
                s.methods(),
                s.leftOut(),
                s.scoring(),
                examples,
                null,
                null);
    }

    private static ChooseResult choose(long examples) {
        ChooseResult c = Samples.choose();
        return new ChooseResult(
                c.model(),
                c.length(),
                c.by(),
                c.method(),
                c.metric(),
                c.baseline(),
                c.data(),
                c.split(),
                c.rows(),
                c.best(),
                c.agreement(),
                c.agreementTuned(),
                c.steps(),
                c.repeats(),
                c.tokens(),
                c.protocol(),
                c.leftOut(),
                c.scoring(),
                examples);
    }

    @Test
    void gridsSweepsAndChoicesOfFewSaySo() {
        for (long examples : new long[] {4, 400}) {
            for (Result result : List.of(grid(examples), sweep(examples), choose(examples))) {
                String text = Views.BUILT_IN.sentence(result);
                assertEquals(examples == 4, text.contains(" Only 4 windows: "), text);
                assertEquals(examples == 4, json(result).has("fewExamples"), text);
            }
        }
        assertTrue(table(grid(4)).contains("≥ 0.125"));
        assertTrue(table(grid(400)).contains("0.004"));
        String cells = Views.BUILT_IN.rows(grid(4)).orElseThrow().printAll();
        assertTrue(cells.contains("0.1250"), cells);
        String choices = Views.BUILT_IN.sentence(choose(400));
        int candidates = Samples.choose().agreement().values().iterator().next().candidates();
        assertEquals(candidates < 10, choices.contains("over " + candidates + " candidates only: rough"), choices);
    }

    private static String table(Result result) {
        return Views.BUILT_IN.table(result).orElseThrow().printAll();
    }

    @Test
    void chancesThatFewCanShowStayAsTheyAre() {
        assertEquals("0.300", Labels.chance(0.3, 4));
        assertEquals("≥ 0.004", Labels.chance(0.0001, 9));
        assertEquals("< 0.001", Labels.chance(0.0001, 10));
    }
}
