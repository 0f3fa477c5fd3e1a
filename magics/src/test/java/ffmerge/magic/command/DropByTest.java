package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.result.ChooseResult;
import ffmerge.result.DryRun;
import ffmerge.result.ShrinkResult;
import ffmerge.result.SweepResult;
import ffmerge.result.WindowScore;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers that are dropped by what says that they do little; the angular distance is tested by its definition elsewhere. */
class DropByTest extends WordModelTests {
    private ShrinkResult drop(String options) {
        return (ShrinkResult) onText("drop base --tokens 320 --limit 8 --as d " + options);
    }

    @Test
    void theLayersOfLeastInfluenceGo() {
        ChooseResult each =
                (ChooseResult) onText("choose base --length 1 --by influence --methods drop --scores influence"
                        + " --measure no --tokens 320 --limit 8");
        List<Integer> least = each.rows().stream()
                .sorted(Comparator.comparingDouble(row -> row.score(WindowScore.INFLUENCE)))
                .limit(2)
                .flatMap(row -> row.groupsOfLayers().get(0).stream())
                .sorted()
                .toList();
        assertEquals(Map.of("decoder", least), drop("--by influence --length 2").layers());
        assertTrue(host.notices.toString().contains("chosen by influence: layers "), host.notices.toString());
        assertEquals(1, session.model("d", host).layers());
    }

    @Test
    void theWindowThatMeasuresBestGoes() {
        SweepResult swept = (SweepResult) onText("sweep base --length 1 --methods drop --limit 8");
        assertEquals(swept.best().layers(), drop("--by score --length 1").layers());
        SweepResult attention = (SweepResult) onText("sweep base --length 2 --methods drop --site attention --limit 8");
        assertEquals(
                attention.best().layers(),
                drop("--by score --length 2 --site attention").layers());
    }

    @Test
    void adjacentLayersGoByTheirAngle() {
        ShrinkResult dropped = drop("--by angular --length 2 --site feed-forward");
        List<Integer> layers = dropped.layers().get("decoder");
        assertEquals(2, layers.size());
        assertEquals(1, layers.get(1) - layers.get(0));
        assertEquals("feed-forward", dropped.options().get("site"));
    }

    @Test
    void whatALayerLacksCanNotGo() {
        run("drop base --site attention --window 0-0 --as less");
        ShrinkResult dropped =
                (ShrinkResult) onText("drop less --site attention --by influence --length 2 --tokens 320 --as d");
        assertEquals(Map.of("decoder", List.of(1, 2)), dropped.layers());
    }

    @Test
    void itsCostIsTold() {
        DryRun influence = (DryRun) onText("drop base --by influence --length 1 --tokens 320 --dry-run");
        DryRun score = (DryRun) onText("drop base --by score --length 1 --limit 8 --dry-run");
        for (DryRun cost : List.of(influence, score)) {
            assertTrue(cost.seconds() > 0);
            assertTrue(cost.parametersAfter() < cost.parametersBefore());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--by influence | say how many layers go: --by influence --length 2",
                "--length 2 | --length is of layers that are chosen: say by what, as with --by influence",
                "--by angular --length 2 --window 0-1 | layers are either named, with --window or --layers, or chosen, with"
                        + " --by and --length",
                "--by angular --length 3 | --length 3 doesn't fit: windows of this model have 1 to 2 layers",
                "--by taste --length 1 | --by is influence, angular, score; 'taste' isn't",
            })
    void whatCannotBeIsRefusedInOneLine(String options, String message) {
        String refusal = refusal("drop base --tokens 320 --limit 4 --as d " + options + " --data " + data);
        assertTrue(refusal.startsWith(message), refusal);
    }
}
