package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.evaluate.Perplexity;
import ffmerge.evaluate.Rouge;
import ffmerge.result.CkaResult;
import ffmerge.result.CompareResult;
import ffmerge.result.DryRun;
import ffmerge.result.EvalResult;
import ffmerge.result.Result;
import ffmerge.result.ShrinkResult;
import ffmerge.result.SweepResult;
import ffmerge.result.TuneResult;
import ffmerge.view.Views;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The notebook's commands on a gated decoder that summarizes dialogues. */
class SummaryCommandsTest extends SessionTests {
    private static final int FEED_FORWARD = 3 * 128 * 384;

    @BeforeEach
    void load() {
        run("load olmo-dialogues --as base");
    }

    private Result run(String line) {
        return host.run(line, session);
    }

    private String refusal(String line) {
        return host.refusal(line, session);
    }

    @Test
    void dialoguesAreSummarizedAndOtherTextIsRead() {
        EvalResult eval = (EvalResult) run("eval base --data dialogues --limit 20 --show 2 --max-length 12");
        assertEquals(Rouge.MEASURE, eval.metric());
        assertEquals(20, eval.examples());
        assertTrue(eval.value() >= 0 && eval.value() < 30, "the base has not learnt to summarize: " + eval.value());
        assertEquals(
                List.of("ROUGE-1", "ROUGE-2", "beams", "words"),
                List.copyOf(eval.details().keySet()));
        assertEquals(2, eval.samples().size());
        assertTrue(eval.samples().get(0).source().contains("\n"), "a turn a line");
        assertTrue(Views.BUILT_IN.sentence(eval).contains("ROUGE-Lsum"));
        EvalResult text = (EvalResult) run("eval base --data chats --limit 4");
        assertEquals(Perplexity.MEASURE, text.metric());
        assertTrue(text.value() < 10, "this is the text that it learnt: " + text.value());
    }

    /** resources/summaries/generate.py made the values. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void summariesAndScoresAreThoseOfPython(int beams) throws Exception {
        JsonNode expected;
        try (InputStream in = SummaryCommandsTest.class.getResourceAsStream("/summaries/expected.json")) {
            expected = new ObjectMapper().readTree(in).get(String.valueOf(beams));
        }
        EvalResult eval = (EvalResult) run("eval base --data dialogues --limit 24 --show 24 --beams " + beams);
        for (int i = 0; i < 24; i++) {
            assertEquals(
                    expected.get("summaries").get(i).asText(),
                    eval.samples().get(i).translation(),
                    "dialogue " + i);
        }
        assertEquals(expected.get("scores").get(2).asDouble(), eval.value(), 1e-9);
        String rouge1 =
                String.format(Locale.ROOT, "%.2f", expected.get("scores").get(0).asDouble());
        assertEquals(rouge1, eval.details().get("ROUGE-1"));
    }

    @Test
    void tuningTeachesSummaries() {
        TuneResult tuned = (TuneResult)
                run("tune base --data dialogues --steps 40 --rate 2e-3 --batch 8 --limit 20 --validate 40 --as tuned");
        assertEquals(Rouge.MEASURE, tuned.metric());
        assertTrue(tuned.after() > tuned.before() + 5, tuned.before() + " → " + tuned.after());
        double first =
                tuned.loss().stream().limit(5).mapToDouble(d -> d).average().orElseThrow();
        double last =
                tuned.loss().stream().skip(35).mapToDouble(d -> d).average().orElseThrow();
        assertTrue(last < 0.7 * first, first + " → " + last);
    }

    @Test
    void everyCommandTakesDialogues() {
        CkaResult cka = (CkaResult) run("cka base --data dialogues --tokens 2000");
        assertEquals(8, cka.stacks().get("decoder").length);
        SweepResult sweep =
                (SweepResult) run("sweep base --data dialogues --length 7 --tokens 2000 --limit 4 --max-length 6");
        assertEquals(4, sweep.rows().size());
        assertEquals(Rouge.MEASURE, sweep.metric());
        assertEquals(6 * FEED_FORWARD, sweep.rows().get(0).parametersRemoved());
        ShrinkResult merged = (ShrinkResult) run("merge base --window 3-5 --data dialogues --tokens 2000 --as merged");
        assertEquals(2 * FEED_FORWARD, merged.parametersBefore() - merged.parametersAfter());
        CompareResult compared =
                (CompareResult) run("compare base merged --data dialogues --limit 3 --beams 2 --max-length 6");
        assertTrue(compared.higherIsBetter());
        assertTrue(((DryRun) run("tune merged --data dialogues --dry-run --as tuned")).seconds() > 0);
    }

    @Test
    void aPromptMayBeNamedAndFilesOfOnesOwn() throws Exception {
        Path own = Files.writeString(
                folder.resolve("own.csv"), "dialogue,summary\n\"Ann: hi\nBob: hello\",Ann greets Bob.\n");
        EvalResult eval = (EvalResult) run("eval base --prompt {dialogue}\\nTL;DR: --stem --data " + own);
        assertEquals(1, eval.examples());
        assertEquals("stemmed", eval.details().get("words"));
        assertEquals(
                "a prompt names {dialogue} once, as in 'TL;DR of {dialogue}:\\n'; this doesn't: 'Short:'",
                refusal("eval base --prompt Short: --data dialogues"));
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertEquals(
                "--beams is for models that translate and data of dialogues; this is OLMo on novels",
                refusal("eval base --data novels --beams 2"));
        assertEquals(
                "--tokenize is for models that translate; this is OLMo on dialogues",
                refusal("eval base --data dialogues --tokenize zh"));
        assertFalse(refusal("eval base --data dialogues --max-length 256").isEmpty());
    }
}
