package ffmerge.magic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.magic.command.SessionTests;
import ffmerge.result.EvalResult;
import ffmerge.result.GridResult;
import ffmerge.result.GridResult.Cell;
import ffmerge.result.Result;
import ffmerge.result.Run;
import ffmerge.result.ShrinkResult;
import ffmerge.result.SweepResult;
import ffmerge.view.ResultJson;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A grid of the demo model is what its commands give one by one. */
class GridTest extends SessionTests {
    private static final String EXAMPLE = """
            model: gpt2-novels
            data: novels
            ways:
              - merge --average regression
              - prune --method magnitude --unit hidden
            sizes: [0.1]
            seeds: [0, 1]
            steps: 10
            limit: 20
            """;

    private Result run(String yaml) {
        new CommandRunner(session, host).run(Recipe.parse(yaml, session.commands(), host::variable));
        return host.results.get(host.results.size() - 1);
    }

    private GridResult grid(String yaml) {
        return (GridResult) run(yaml);
    }

    private List<Run> logged() {
        return session.log().read(Integer.MAX_VALUE);
    }

    private static Set<String> runs(List<Cell> cells) {
        return cells.stream().map(Cell::run).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void theExampleGivesWhatItsCommandsGive() {
        GridResult grid = grid(EXAMPLE);
        assertEquals(4, grid.cells().size());
        assertEquals(3, grid.controls().size(), "as it is, and tuned with either seed");
        assertEquals(7, logged().size(), "each cell is a run");
        assertEquals(runs(grid.all()), logged().stream().map(Run::id).collect(Collectors.toCollection(TreeSet::new)));
        assertEquals(Set.of("parameters", "bytes"), grid.fronts().keySet());
        assertTrue(session.models().isEmpty(), "the model is closed again");

        run("- {load: gpt2-novels, as: base}");
        EvalResult unchanged = (EvalResult) run("- {eval: base, limit: 20}");
        assertEquals(unchanged.value(), grid.controls().get(0).value());
        assertEquals(unchanged.interval(), grid.controls().get(0).model().interval());
        run("- {tune: base, steps: 10, seed: 1, limit: 20, as: t}");
        assertEquals(value("t"), grid.controls().get(2).value(), 1e-9);

        SweepResult windows =
                (SweepResult) run("- {sweep: base, length: 4, methods: permute, average: regression, limit: 20}");
        host.variables.put("windows", windows);
        ShrinkResult merged = (ShrinkResult) run("- {merge: base, window: windows, average: regression, as: m}");
        long before = merged.parametersBefore();
        assertTrue(before - merged.parametersAfter() >= 0.1 * before);
        assertTrue(2 * (before - merged.parametersAfter()) / 3 < 0.1 * before, "a layer less wouldn't do");
        run("- {tune: m, steps: 10, seed: 1, limit: 20, as: t}");
        Cell cell = grid.cells().get(1);
        assertEquals("merge --average regression", cell.way());
        assertEquals(0.1, cell.size());
        assertEquals(1, cell.seed());
        assertEquals(value("t"), cell.value(), 1e-9);
        assertEquals(merged.parametersAfter(), cell.model().parameters());
        assertEquals(merged.bytesAfter(), cell.model().bytes());
        assertEquals(
                List.of(0, 10),
                cell.model().recovery().stream().map(c -> c.step()).toList());
        assertEquals(session.lineage("t").toString(), cell.model().lineage().toString());

        Cell pruned = grid.cells().get(2);
        double sparsity =
                ((Number) pruned.model().lineage().steps().get(0).options().get("sparsity")).doubleValue();
        ShrinkResult hidden = (ShrinkResult) run("- {prune: base, unit: hidden, sparsity: " + sparsity + ", as: p}");
        assertEquals(hidden.parametersAfter(), pruned.model().parameters());
        assertTrue(before - hidden.parametersAfter() >= 0.1 * before);
        ShrinkResult fewer =
                (ShrinkResult) run("- {prune: base, unit: hidden, sparsity: " + (sparsity - 1. / 512) + ", as: p}");
        assertTrue(before - fewer.parametersAfter() < 0.1 * before, "a unit less wouldn't do");
    }

    private double value(String model) {
        return ((EvalResult) run("- {eval: " + model + ", limit: 20}")).value();
    }

    /** What is there is never computed again, and a size is a size whatever else the grid has. */
    @Test
    void onlyWhatIsNewIsComputed() {
        String grid = """
                model: gpt2-novels
                ways: [drop, merge --align none, merge --align random]
                sizes: [0.1]
                limit: 4
                tokens: 500
                """;
        GridResult first = grid(grid);
        assertEquals(0, first.reused());
        assertEquals(4, logged().size());
        GridResult again = grid(grid);
        assertEquals(4, again.reused());
        assertEquals(4, logged().size());
        assertEquals(ResultJson.of(first).get("cells"), ResultJson.of(again).get("cells"));
        // a seed decides nothing about dropping
        GridResult more = grid(grid + "seeds: [0, 1]\n");
        assertEquals(5, logged().size());
        assertEquals(more.cells().get(0).run(), more.cells().get(1).run());
        assertEquals(first.cells().get(0).run(), more.cells().get(0).run());
        GridResult wider = grid(grid.replace("[drop,", "[quantize --to int8-weight, drop,"));
        assertEquals(6, logged().size());
        Cell quantized = wider.cells().get(0);
        assertNull(quantized.size());
        assertNotNull(quantized.value());
        assertEquals(0, quantized.model().removed());
        assertTrue(quantized.model().bytes() < wider.controls().get(0).model().bytes());
        // other data is another cell
        grid(grid.replace("limit: 4", "limit: 5"));
        assertEquals(10, logged().size());
    }

    @Test
    void aBudgetThatNoWayReachesIsAnOutcome() {
        GridResult grid = grid("""
                model: gpt2-novels
                ways: ["merge --align none", prune]
                sizes: [0.1, 0.9]
                limit: 4
                """);
        Cell missed = grid.cells().get(1);
        assertEquals(0.9, missed.size());
        assertNull(missed.value());
        assertNull(missed.run());
        assertTrue(missed.outcome().startsWith("it removes at most 49.3"), missed.outcome());
        assertTrue(host.notices.contains("merge --align none, size 0.9: " + missed.outcome()), host.notices.toString());
        assertEquals(
                "it removes at most 0.00 % of the parameters",
                grid.cells().get(2).outcome());
        JsonNode json = ResultJson.of("grid", grid);
        assertTrue(json.at("/cells/1/value").isNull());
        assertTrue(json.at("/cells/0/value").isNumber());
    }
}
