package ffmerge.magic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.fixture.WordModel;
import ffmerge.journal.CellLog;
import ffmerge.magic.command.SessionTests;
import ffmerge.result.GridResult;
import ffmerge.result.GridResult.Cell;
import ffmerge.result.HashedFile;
import ffmerge.result.RecipeResult;
import ffmerge.result.Result;
import ffmerge.result.Run;
import ffmerge.result.RunDifference;
import ffmerge.result.RunsResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the log keeps of a grid and of each of its cells is enough to do either again, with the same result. */
class GridCapsuleTest extends SessionTests {
    private Path model;
    private String head;

    @BeforeEach
    void write() throws Exception {
        model = WordModel.olmo(folder);
        head = "model: " + model + "\ndata: " + WordModel.text(folder) + "\nlimit: 8\ntokens: 300\n";
        host.recipes =
                yaml -> new CommandRunner(session, host).run(Recipe.parse(yaml, session.commands(), host::variable));
    }

    private Result run(String yaml) {
        host.recipe(yaml);
        return host.results.get(host.results.size() - 1);
    }

    private GridResult grid(String yaml) {
        return (GridResult) run(head + yaml);
    }

    private Run logged(String id) {
        return session.log().read().stream()
                .filter(run -> run.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private Path exported(String id) {
        Path file = folder.resolve(id + ".yaml");
        host.run("runs " + id + " --export " + file, session);
        return file;
    }

    private static List<String> commands(Run run) {
        return run.capsule().recipe().stream()
                .map(step -> step.keySet().iterator().next())
                .toList();
    }

    private static boolean isResult(RunDifference difference) {
        return difference.of().equals("result");
    }

    @Test
    void aCellIsDoneAgainByItsCommands() {
        GridResult grid = grid("""
                ways:
                  - merge --average regression
                  - drop
                  - prune --method wanda --unit hidden
                  - prune --method random --sparsity 0.5
                  - merge --site attention --align random
                  - [merge --average mean --rescale, quantize --to int8-weight]
                sizes: [0.05]
                seeds: [1]
                steps: 2
                batch: 2
                teacher: unchanged
                distill: 0.3
                """);
        Run whole = session.lastRun().orElseThrow();
        assertEquals("grid", whole.command());
        assertEquals(
                List.of(
                        List.of("load", "eval"),
                        List.of("load", "tune", "eval"),
                        List.of("load", "merge", "tune", "eval"),
                        List.of("load", "drop", "tune", "eval"),
                        List.of("load", "prune", "tune", "eval"),
                        List.of("load", "prune", "tune", "eval"),
                        List.of("load", "merge", "tune", "eval"),
                        List.of("load", "merge", "quantize", "tune", "eval")),
                grid.all().stream().map(cell -> commands(logged(cell.run()))).toList());
        Run merged = logged(grid.cells().get(0).run());
        assertEquals(1, merged.capsule().seeds().get("3 tune"));
        assertEquals(
                Set.of("config.json", "model.safetensors", "tokenizer.json"),
                merged.capsule().files().stream()
                        .filter(file -> file.kind().equals("model"))
                        .map(HashedFile::file)
                        .collect(Collectors.toSet()));
        assertTrue(
                merged.capsule().files().stream().allMatch(file -> file.sha256().length() == 64));
        assertEquals(0.3, merged.options().get("distill"));
        assertEquals("merge --average regression", merged.options().get("way"));
        List<Path> files = grid.all().stream().map(cell -> exported(cell.run())).toList();
        closeSession();
        openSession();
        for (int i = 0; i < files.size(); i++) {
            Cell cell = grid.all().get(i);
            RecipeResult again = (RecipeResult) host.run("run " + files.get(i), session);
            assertEquals(cell.run(), again.again().run());
            double value = session.lastRun().orElseThrow().result().get("value").asDouble();
            assertEquals(cell.value(), value, 1e-9 * value, cell.way());
            assertTrue(again.again().differences().stream().allMatch(GridCapsuleTest::isResult), cell.way());
            if (!cell.model().layers().isEmpty() || cell.size() != null) {
                assertEquals(
                        cell.model().lineage().steps().toString(),
                        session.lineage("cell").steps().toString());
            }
        }
    }

    @Test
    void aGridIsDoneAgainAndBothAreKept() {
        String tuning = "steps: 2\nbatch: 3\nrate: 0.002\nteacher: unchanged\n";
        GridResult first = grid("ways: [drop, merge --align none]\nsizes: [0.1]\nseeds: [0, 1]\n" + tuning);
        Run before = session.lastRun().orElseThrow();
        assertEquals(List.of("grid"), commands(before));
        assertEquals(List.of("drop", "merge --align none"), before.options().get("ways"));
        assertNull(before.capsule().missing());
        RecipeResult again = (RecipeResult) host.run("run " + exported(before.id()), session);
        GridResult second = (GridResult) host.results.get(host.results.size() - 1);
        assertEquals(before.id(), again.again().run());
        assertEquals(0, second.reused());
        assertEquals(
                first.all().stream().map(Cell::value).toList(),
                second.all().stream().map(Cell::value).toList());
        assertEquals(List.of(), again.again().differences());
        for (int i = 0; i < first.all().size(); i++) {
            assertNotEquals(first.all().get(i).run(), second.all().get(i).run());
        }
        long cells = session.log().read().stream().filter(CellLog::isCell).count();
        assertEquals(2 * 7, cells, "each was computed twice");
        assertEquals(
                5, grid("ways: [drop]\nsizes: [0.1]\nseeds: [0, 1]\n" + tuning).reused());
    }

    @Test
    void twoCellsAreSetBesideEachOther() {
        GridResult grid = grid("ways: [drop, merge --align none]\nsizes: [0.1]\n");
        String ids =
                grid.cells().get(0).run() + " --diff " + grid.cells().get(1).run();
        RunsResult diff = (RunsResult) host.run("runs --diff " + ids, session);
        List<String> found =
                diff.differences().stream().map(d -> d.of() + " " + d.name()).toList();
        assertTrue(
                found.containsAll(List.of("option way", "step 2", "result model.value", "result units")),
                found::toString);
        assertTrue(found.stream().noneMatch(name -> name.startsWith("result units[")), found::toString);
        assertTrue(diff.differences().stream()
                .filter(d -> d.name().equals("units"))
                .allMatch(d -> d.b().contains(" of them differ, by at most ")));
    }

    /** Its steps before are known, so the cell's are; of a model made in Java neither is. */
    @Test
    void aModelThatIsLoadedBringsItsSteps() {
        run("- {load: '" + model + "', as: base}\n- {drop: base, window: 1-1, as: small}\n");
        head = head.replace("model: " + model, "model: small");
        GridResult grid = grid("ways: [quantize --to nf4]\n");
        Run cell = logged(grid.cells().get(0).run());
        assertEquals(List.of("load", "drop", "quantize", "eval"), commands(cell));
        assertEquals(List.of("load", "drop", "grid"), commands(session.lastRun().orElseThrow()));
        assertEquals(
                List.of("small"),
                List.copyOf(
                        session.lastRun().orElseThrow().provenance().models().keySet()));
        RecipeResult again = (RecipeResult) host.run("run " + exported(cell.id()), session);
        assertEquals(List.of(), again.again().differences());
    }
}
