package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.evaluate.Spearman;
import ffmerge.result.ChooseResult;
import ffmerge.result.DryRun;
import ffmerge.result.EvalResult;
import ffmerge.result.ShrinkResult;
import ffmerge.result.SweepResult;
import ffmerge.result.WindowScore;
import ffmerge.view.ResultJson;
import ffmerge.view.Views;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Windows and groups chosen by each score, from the command to the result; one model of three layers. */
class ChooseCommandTest extends WordModelTests {
    private ChooseResult choose(String options) {
        return (ChooseResult) onText("choose base --tokens 320 --limit 8 " + options);
    }

    @ParameterizedTest
    @EnumSource
    void theBestIsThatOfTheScore(WindowScore by) {
        ChooseResult chosen = choose("--length 2 --by " + by.label());
        assertEquals(2, chosen.rows().size());
        Comparator<ChooseResult.Row> byScore =
                Comparator.comparingDouble(row -> by.isCheap() ? row.score(by) : row.value());
        boolean lower = by == WindowScore.SCORE || !by.higherIsBetter();
        assertEquals(
                chosen.rows().stream().min(lower ? byScore : byScore.reversed()).orElseThrow(), chosen.best());
        for (ChooseResult.Row row : chosen.rows()) {
            assertEquals(6, row.scores().size());
            assertTrue(
                    row.scores().values().stream().allMatch(Double::isFinite),
                    row.scores().toString());
        }
    }

    @Test
    void valuesAreASweepsAndItsJsonIsAsPromised() {
        ChooseResult chosen = choose("--length 2 --by cka");
        SweepResult swept = (SweepResult) onText("sweep base --length 2 --methods permute --tokens 320 --limit 8");
        for (int i = 0; i < 2; i++) {
            assertEquals(swept.rows().get(i).layers(), chosen.rows().get(i).layers());
            assertEquals(swept.rows().get(i).value(), chosen.rows().get(i).value(), 1e-9);
            assertEquals(swept.rows().get(i).interval(), chosen.rows().get(i).interval());
        }
        JsonNode json = ResultJson.of("choose", chosen);
        assertEquals("base", json.get("model").asText());
        assertEquals(2, json.get("length").asInt());
        assertEquals("cka", json.get("by").asText());
        assertEquals(2, json.at("/rows/0/layers/decoder").size());
        assertTrue(json.at("/rows/0/scores/influence").isNumber(), json.toString());
        assertTrue(json.at("/rows/0/value").isNumber()
                && json.at("/rows/0/interval").size() == 2);
        assertEquals(2, json.at("/best/layers/decoder").size());
        assertTrue(json.at("/agreement/cka/spearman").isNumber());
    }

    @Test
    void agreementIsSpearmansOverTheCandidates() {
        ChooseResult chosen = choose("--length 1 --methods drop --by influence");
        assertEquals(3, chosen.rows().size());
        for (WindowScore score : List.of(WindowScore.INFLUENCE, WindowScore.RANDOM)) {
            double[] x =
                    chosen.rows().stream().mapToDouble(row -> row.score(score)).toArray();
            double[] y =
                    chosen.rows().stream().mapToDouble(ChooseResult.Row::value).toArray();
            assertEquals(Spearman.of(x, y), chosen.agreement().get(score).spearman(), 1e-12);
        }
        assertFalse(chosen.agreement().containsKey(WindowScore.CKA), "a window of one layer has no pairs");
        assertFalse(chosen.rows().get(0).scores().containsKey(WindowScore.CKA));
    }

    @Test
    void withoutMeasuringThereAreNoValues() {
        ChooseResult chosen = choose("--length 2 --by influence --measure no --scores influence,random");
        assertTrue(chosen.rows().stream().allMatch(row -> Double.isNaN(row.value())));
        assertTrue(chosen.agreement().isEmpty());
        assertTrue(ResultJson.of(chosen).at("/rows/0/value").isNull());
        assertEquals(2, chosen.rows().get(0).scores().size());
        assertTrue(Views.BUILT_IN.sentence(chosen).contains("by influence"));
    }

    @Test
    void groupsNeedNotBeAdjacent() {
        ChooseResult chosen = choose("--length 2 --by weights --groups --as chosen");
        assertTrue(chosen.rows().stream().allMatch(row -> row.parametersRemoved() == 3 * 12 * 11));
        List<WindowScore> proposing = new ArrayList<>();
        chosen.rows().forEach(row -> proposing.addAll(row.proposedBy()));
        assertEquals(6, proposing.size());
        assertTrue(chosen.best().proposedBy().contains(WindowScore.WEIGHTS));
        // the pair whose weights are most alike
        ChooseResult all = choose("--length 3 --by weights --groups --scores weights");
        assertEquals(List.of(List.of(0, 1, 2)), all.best().groupsOfLayers());
        host.variables.put("chosen", chosen);
        ShrinkResult merged = (ShrinkResult) onText("merge base --layers chosen --tokens 320 --as m");
        assertEquals(chosen.best().layers(), merged.layers());
        assertEquals(chosen.best().value(), ((EvalResult) onText("eval m --split validation --limit 8")).value(), 1e-6);
    }

    @Test
    void aBudgetSaysHowMuchMustGo() {
        ChooseResult chosen = choose("--length 2 --by cka --groups --scores cka --budget 0.2");
        long parameters = session.model("base", host).parameters().uniqueCount();
        assertTrue(chosen.best().parametersRemoved() >= 0.2 * parameters);
        assertTrue(refusal("choose base --length 2 --by cka --groups --budget 0.9 --data " + data)
                .startsWith("--budget 0.9 is out of reach: permuted takes at most "));
    }

    @Test
    void layersThatAreTakenAwayAreChosenToo() {
        ChooseResult chosen = choose("--length 2 --by influence --groups --methods drop --scores influence,cka");
        ChooseResult each = choose("--length 1 --by influence --methods drop --scores influence");
        List<Integer> lowest = each.rows().stream()
                .sorted(Comparator.comparingDouble(row -> row.score(WindowScore.INFLUENCE)))
                .limit(2)
                .flatMap(row -> row.groupsOfLayers().get(0).stream())
                .sorted()
                .toList();
        assertEquals(List.of(lowest), chosen.best().groupsOfLayers());
    }

    @Test
    void attentionIsChosenByItsOwnScores() {
        ChooseResult chosen = choose("--length 2 --by correlation --site attention");
        assertFalse(chosen.rows().get(0).scores().containsKey(WindowScore.WEIGHTS));
        assertEquals("attention", chosen.method().options().get("site"));
        assertEquals(
                "--by weights compares FF sublayers; of attention sublayers there are cka, correlation, influence,"
                        + " replacement",
                refusal("choose base --length 2 --by weights --site attention --limit 4 --tokens 320 --data " + data));
    }

    @Test
    void itIsRepeatedAndTuned() {
        ChooseResult chosen = choose("--length 2 --by influence --scores influence --repeat 3 --steps 2");
        assertEquals(3, chosen.repeats().size());
        assertEquals(
                List.of(160, 320, 160),
                chosen.repeats().stream().map(ChooseResult.Repeat::tokens).toList());
        long same = chosen.repeats().stream().filter(ChooseResult.Repeat::same).count();
        assertEquals(same / 3., chosen.sameBest());
        assertTrue(chosen.rows().stream().allMatch(row -> Double.isFinite(row.tuned())));
        assertEquals(1, chosen.agreementTuned().size());
        assertTrue(Views.BUILT_IN.sentence(chosen).contains("the same is chosen " + same + " of 3 times"));
        assertNull(choose("--length 2 --by random --scores random --measure no").sameBest());
    }

    @Test
    void itsCostIsTold() {
        String line = "choose base --length 2 --tokens 320 --limit 8 --dry-run --by cka";
        DryRun measured = (DryRun) onText(line);
        DryRun cheap = (DryRun) onText(line + " --measure no");
        DryRun often = (DryRun) onText(line + " --repeat 4");
        assertTrue(cheap.seconds() < measured.seconds() && measured.seconds() < often.seconds());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--by cka | say how many layers a window has: --length 4",
                "--length 2 --by cosine | --by is score, cka, correlation, weights, influence, replacement, random; 'cosine'"
                        + " isn't",
                "--length 9 | --length 9 doesn't fit: windows of this model have 2 to 3 layers",
                "--length 2 --methods permute,none | choose measures what one method does: --methods permute",
                "--length 2 --measure no | --by score measures every candidate: leave --measure no out, or choose --by"
                        + " influence",
                "--length 1 --by cka --methods drop | --by cka compares the layers of a window with one another: --length 2 or"
                        + " more, or --by influence",
                "--length 2 --budget 0.1 | --budget is of groups: add --groups, or say --length for windows",
                "--length 2 --scores cka,kca | --scores is cka, correlation, weights, influence, replacement, random; 'kca'"
                        + " isn't; did you mean 'cka'?",
            })
    void whatCannotBeIsRefusedInOneLine(String options, String message) {
        String refusal = refusal("choose base --tokens 320 --limit 4 " + options + " --data " + data);
        assertTrue(refusal.startsWith(message), refusal);
    }
}
