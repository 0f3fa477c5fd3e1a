package ffmerge.magic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Interrupted;
import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.StopRequest;
import ffmerge.UserError;
import ffmerge.fixture.JavaProcess;
import ffmerge.fixture.WordModel;
import ffmerge.journal.CellLog;
import ffmerge.magic.command.Notes;
import ffmerge.magic.command.Session;
import ffmerge.magic.command.SessionTests;
import ffmerge.result.DryRun;
import ffmerge.result.EvalResult;
import ffmerge.result.GridResult;
import ffmerge.result.GridResult.Cell;
import ffmerge.result.Result;
import ffmerge.result.Run;
import ffmerge.result.ShrinkResult;
import ffmerge.result.SweepResult;
import ffmerge.view.ResultJson;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Grids of a small model: each cell is what its commands give one by one, and is computed once. */
class GridTest extends SessionTests {
    private String head;

    @BeforeEach
    void write() throws Exception {
        head = "model: " + WordModel.olmo(folder) + "\ndata: " + WordModel.text(folder) + "\nlimit: 8\ntokens: 300\n";
    }

    private Result run(String yaml) {
        new CommandRunner(session, host).run(Recipe.parse(yaml, session.commands(), host::variable));
        return host.results.get(host.results.size() - 1);
    }

    private GridResult grid(String yaml) {
        return (GridResult) run(head + yaml);
    }

    /** A step on the grid's data. */
    private Result step(String words, boolean reads) {
        return run("- {" + words + (reads ? ", data: " + folder.resolve("text") : "") + "}\n");
    }

    private double value(String model) {
        return ((EvalResult) step("eval: " + model + ", limit: 8", true)).value();
    }

    /** The runs of cells. */
    private List<Run> logged() {
        return session.log().read().stream().filter(CellLog::isCell).toList();
    }

    private static Set<String> runs(List<Cell> cells) {
        return cells.stream().map(Cell::run).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void cellsAreWhatTheirCommandsGive() {
        GridResult grid = grid("""
                ways:
                  - merge --average regression
                  - prune --method magnitude --unit hidden
                sizes: [0.1]
                seeds: [0, 1]
                steps: 2
                batch: 2
                """);
        assertEquals(4, grid.cells().size());
        assertEquals(3, grid.controls().size(), "as it is, and tuned with either seed");
        assertEquals(7, logged().size(), "each cell is a run");
        assertEquals(runs(grid.all()), logged().stream().map(Run::id).collect(Collectors.toCollection(TreeSet::new)));
        assertTrue(session.models().isEmpty(), "the model is closed again");

        step("load: " + folder.resolve("olmo") + ", as: base", false);
        EvalResult unchanged = (EvalResult) step("eval: base, limit: 8", true);
        assertEquals(unchanged.value(), grid.controls().get(0).value());
        assertEquals(unchanged.interval(), grid.controls().get(0).model().interval());
        step("tune: base, steps: 2, batch: 2, seed: 1, limit: 8, as: t", true);
        assertEquals(value("t"), grid.controls().get(2).value(), 1e-9);

        Cell merged = grid.cells().get(1);
        SweepResult windows = (SweepResult)
                step("sweep: base, length: 2, methods: permute, average: regression, limit: 8, tokens: 300", true);
        host.variables.put("windows", windows);
        ShrinkResult way =
                (ShrinkResult) step("merge: base, window: windows, average: regression, tokens: 300, as: m", true);
        assertTrue(way.parametersBefore() - way.parametersAfter() >= 0.1 * way.parametersBefore());
        step("tune: m, steps: 2, batch: 2, seed: 1, limit: 8, as: t", true);
        assertEquals("merge --average regression", merged.way());
        assertEquals(0.1, merged.size());
        assertEquals(1, merged.seed());
        assertEquals(value("t"), merged.value(), 1e-9);
        assertEquals(way.parametersAfter(), merged.model().parameters());
        assertEquals(way.bytesAfter(), merged.model().bytes());
        assertEquals(
                List.of(0, 2),
                merged.model().recovery().stream().map(check -> check.step()).toList());
        assertEquals(session.lineage("t").steps(), merged.model().lineage().steps());

        // the FF sublayers have 11 units, of which the fewest go that are enough
        Cell pruned = grid.cells().get(2);
        double sparsity =
                ((Number) pruned.model().lineage().steps().get(0).options().get("sparsity")).doubleValue();
        ShrinkResult units = pruned(sparsity);
        assertEquals(units.parametersAfter(), pruned.model().parameters());
        assertTrue(units.parametersBefore() - units.parametersAfter() >= 0.1 * units.parametersBefore());
        ShrinkResult fewer = pruned(sparsity - 1. / 11);
        assertTrue(fewer.parametersBefore() - fewer.parametersAfter() < 0.1 * fewer.parametersBefore());
    }

    private ShrinkResult pruned(double sparsity) {
        return (ShrinkResult) step("prune: base, unit: hidden, sparsity: " + sparsity + ", as: p", false);
    }

    @Test
    void onlyWhatIsNewIsComputed() {
        String ways = "ways: [drop, merge --align none, merge --align random]\nsizes: [0.1]\n";
        GridResult first = grid(ways);
        assertEquals(0, first.reused());
        assertEquals(4, logged().size());
        GridResult again = grid(ways);
        assertEquals(4, again.reused());
        assertEquals(4, logged().size());
        assertEquals(
                ResultJson.of(first).get("cells").toString(),
                ResultJson.of(again).get("cells").toString());
        // a seed decides nothing about dropping
        GridResult more = grid(ways + "seeds: [0, 1]\n");
        assertEquals(5, logged().size());
        assertEquals(more.cells().get(0).run(), more.cells().get(1).run());
        assertEquals(first.cells().get(0).run(), more.cells().get(0).run());
        GridResult wider = grid(ways.replace("[drop,", "[quantize --to int8-weight, drop,"));
        assertEquals(6, logged().size());
        Cell quantized = wider.cells().get(0);
        assertNull(quantized.size());
        assertNotNull(quantized.value());
        assertEquals(0, quantized.model().removed());
        assertTrue(quantized.model().bytes() < wider.controls().get(0).model().bytes());
        // the same words otherwise are the same way
        grid(ways.replace("drop", "drop --site layer"));
        assertEquals(6, logged().size());
        // other data is another cell
        head = head.replace("limit: 8", "limit: 7");
        grid(ways);
        assertEquals(10, logged().size());
    }

    @Test
    void aSizeThatNoWayReachesIsAnOutcome() {
        GridResult grid = grid("ways: [\"merge --align none\", prune]\nsizes: [0.1, 0.9]\n");
        Cell missed = grid.cells().get(1);
        assertEquals(0.9, missed.size());
        assertNull(missed.value());
        assertNull(missed.run());
        assertTrue(
                missed.outcome().matches("it removes at most \\d\\d\\.\\d\\d % of the parameters"), missed.outcome());
        assertTrue(host.notices.contains("merge --align none, size 0.9: " + missed.outcome()), host.notices.toString());
        assertEquals(
                "it removes at most 0.00 % of the parameters",
                grid.cells().get(2).outcome());
        JsonNode json = ResultJson.of("grid", grid);
        assertTrue(json.at("/cells/1/value").isNull());
        assertTrue(json.at("/cells/0/value").isNumber());
        assertEquals(Set.of("parameters", "bytes"), grid.fronts().keySet());
    }

    @Test
    void waysStack() {
        GridResult grid = grid("""
                ways:
                  - [merge --align none, quantize --to int8-weight]
                  - [prune --unit hidden --sparsity 0.3, drop]
                sizes: [0.2]
                """);
        Cell first = grid.cells().get(0);
        assertEquals("merge --align none > quantize --to int8-weight", first.way());
        assertEquals(
                List.of("merge", "quantize"),
                first.model().lineage().steps().stream().map(s -> s.way()).toList());
        Cell second = grid.cells().get(1);
        assertEquals(
                List.of("prune", "drop"),
                second.model().lineage().steps().stream().map(s -> s.way()).toList());
        assertTrue(second.model().removed() >= 0.2);
    }

    /** What the notebook says before it would run. */
    private String refused(String yaml) {
        String message = assertThrows(UserError.class, () -> run(head + yaml)).getMessage();
        assertEquals(1, message.lines().count());
        assertEquals(List.of(), session.log().read());
        return message;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ways: [drop, merg --align none]|line 5, column 14|there is no way to shrink 'merg'; did you mean 'merge'?",
                "ways: [merge --algn none]|line 5, column 14|merge has no option --algn; did you mean 'align'?",
                "ways: ['merge  --align non']|line 5, column 16|--align is permute, none, random; 'non' isn't; did you mean",
                "ways: [eval]|line 5, column 8|there is no way to shrink 'eval'; ways begin with merge, drop, prune, quantize",
                "ways: [drop --as x]|line 5, column 13|--as is the whole grid's: name it beside the ways",
                "wayz: [drop]|line 5, column 1|grid has no option --wayz; did you mean 'ways'?",
                "ways: [drop]#sizes: [1.5]|line 6, column 1|--sizes are shares above 0 and below 1, as 0.1 or 1/6;",
                "ways: [drop, drop]#sizes: [0.1]|line 5, column 1|--ways names drop twice",
                "ways: [[merge --align none, quantize --too nf4]]|line 5, column 38|quantize has no option --too; did you mean",
                "ways:#  - [drop,#     merg]|line 7, column 6|there is no way to shrink 'merg'; did you mean 'merge'?",
                "ways: ['drop > merge --algn none']|line 5, column 22|merge has no option --algn; did you mean 'align'?",
                "ways: [merge base --align none]|line 5, column 8|a way names no model, as the grid does: merge without 'base'",
                "ways: [drop]#sizes: []|line 6, column 1|--sizes names none; say how much is to be removed: sizes: [0.1, 0.2]",
                "ways: [drop --window 0-1]#sizes: [0.1]|line 6, column 1|--sizes are for ways that leave open how much goes",
                "ways: [drop]#sizes: [0.1]#temperature: 2|line 7, column 1|--temperature is of distillation: add --teacher NAME",
                "ways: [drop]#sizes: [0.1]#teacher: unchanged|line 7, column 1|--teacher is of tuning: say for how many steps",
                "ways: [drop]|line 1, column 1|say how much is to be removed: sizes: [0.1, 0.2]",
            })
    void aMistakeIsToldWithItsPlace(String yaml, String place, String message) {
        String said = refused(yaml.replace("#", "\n") + "\n");
        boolean isNoGrid = yaml.startsWith("wayz");
        assertTrue(isNoGrid || said.startsWith("step 1 (" + place + "): " + message), said);
    }

    /** Before anything is computed, and where it stands. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ways: [[quantize --to nf4, merge]]|line 5, column 28|is held in nf4, of which no averages are made: merge first",
                "ways:#  - drop#  - [quantize, 'prune --unit hidden']|line 7, column 17|of which no weights are taken: prune first",
                "ways: ['merge --residual 2 --window 0-1 > drop']|line 5, column 43|carries adapters, so it can't be cut",
                "ways: [[quantize --to nf4, quantize --to int8]]|line 5, column 28|is in nf4 already",
                "ways: [merge --site attention --average regression]|line 5, column 31|--average",
                "ways: [drop --window 7-90]|line 5, column 8|layers",
            })
    void aStackThatCannotBeGoneIsRefusedWithItsPlace(String yaml, String place, String message) {
        for (String more : List.of("", "dry-run: true\n")) {
            String said = refused(yaml.replace("#", "\n") + "\nsizes: [0.1]\n" + more);
            assertTrue(said.startsWith("step 1 (" + place + "): ") && said.contains(message), said);
        }
    }

    @Test
    void differencesAreToTheModelThatWasTunedTheSameWay() {
        GridResult grid =
                grid("ways: [drop, quantize --to int8-weight]\nsizes: [0.1]\nseeds: [0, 1]\nsteps: 2\nbatch: 2\n");
        assertEquals("unchanged, tuned", grid.reference());
        for (int seed = 0; seed < 2; seed++) {
            Cell dropped = grid.cells().get(seed);
            Cell control = grid.controls().get(1 + seed);
            assertEquals(seed, control.seed());
            assertNull(control.difference());
            assertEquals("unchanged, tuned", dropped.difference().to());
            assertEquals(dropped.value() - control.value(), dropped.difference().value(), 1e-9);
        }
        assertEquals(
                grid.row("drop", 0.1).value()
                        - grid.row("unchanged, tuned", null).value(),
                grid.row("drop", 0.1).difference().value(),
                1e-9);
        assertEquals(
                grid.controls().get(0).value()
                        - grid.row("unchanged, tuned", null).value(),
                grid.row("unchanged", null).difference().value(),
                1e-9);
        Cell quantized = grid.cells().get(2);
        assertTrue(quantized.model().adapterParameters() > 0);
        assertNull(grid.cells().get(0).model().adapterParameters());
        long tokens = grid.cells().get(0).model().tuningTokens();
        assertTrue(tokens > 0 && tokens % (2 * 2) == 0, "two steps of two rows: " + tokens);
        String said = ResultText.of(session.views(), grid);
        assertTrue(said.contains("Tuned by adapters, which count among the parameters and bytes: quantize"), said);
        assertTrue(said.contains("Differences are to the unchanged model that was tuned the same way"), said);
    }

    @Test
    void anEarlierGridIsComparedCellByCell() throws Exception {
        String ways = "ways: [drop, merge --align none]\nsizes: [0.1]\n";
        Path file = folder.resolve("first.json");
        GridResult first = grid(ways + "out: " + file + "\n");
        assertEquals(
                new GridResult.Against(file.toString(), 3, 3, 0, List.of()),
                grid(ways + "against: " + file + "\n").against());
        Path other = folder.resolve("other.json");
        ObjectNode json = (ObjectNode) new ObjectMapper().readTree(file.toFile());
        ((ObjectNode) json.at("/cells/1")).putArray("interval").add(1).add(2);
        Files.writeString(other, json.toString());
        GridResult.Against against = grid("ways: [merge --align none]\nsizes: [0.1]\nagainst: " + other + "\n")
                .against();
        assertEquals(List.of(2, 1, 1), List.of(against.cells(), against.inside(), against.missing()));
        assertEquals(first.cells().get(1).value(), against.outside().get(0).value());
        String said = ResultText.of(session.views(), (GridResult) host.results.get(host.results.size() - 1));
        assertTrue(
                said.contains("1 of 2 cells, 50.00 %, lie inside the 95 % intervals of " + other
                        + ", which has 1 more; outside: merge"),
                said);
        head = head.replace("limit: 8", "limit: 7");
        int computed = logged().size();
        assertTrue(refusal(ways + "against: " + file + "\n").contains("has examples 8, this one 7"));
        assertTrue(refusal(ways + "dry-run: true\nagainst: " + file + "\n").contains("has examples 8, this one 7"));
        head = head.replace("limit: 7", "limit: 8\nsplit: validation");
        assertTrue(refusal(ways + "against: " + file + "\n").contains("has split test, this one validation"));
        assertEquals(computed, logged().size(), "it is said before anything is computed");
        assertTrue(refusal(ways + "against: " + folder.resolve("text") + "\n").contains("cannot read"));
    }

    @Test
    void modelsAreTimedWhereThatIsAsked() {
        GridResult grid = grid("ways: [drop]\nsizes: [0.1]\nlatency: true\n");
        assertEquals(Set.of("parameters", "bytes", "latency"), grid.fronts().keySet());
        assertEquals(Set.of(1, 8), grid.cells().get(0).model().latency().keySet());
        assertEquals(1, grid.row("unchanged", null).latency());
        assertTrue(grid.row("drop", 0.1).latency() > 0);
        assertEquals(2, grid("ways: [drop]\nsizes: [0.1]\nlatency: true\n").reused());
        assertEquals(2, logged().size());
    }

    @Test
    void aDryRunRunsNothing() {
        DryRun dry = (DryRun) run(head + "ways: [drop]\nsizes: [0.1]\nsteps: 2\nbatch: 2\ndry-run: true\n");
        assertTrue(dry.seconds() > 0 && dry.memoryBytes() > 0);
        assertTrue(dry.parametersAfter() < dry.parametersBefore());
        assertEquals(List.of(), logged());
    }

    @Test
    void anInterruptSaysWhatIsKeptAndTheRestFollows() {
        String ways = "ways: [drop, merge --align none]\nsizes: [0.1]\n";
        Thread work = Thread.currentThread();
        Notes impatient = new Notes();
        Progress stops = (label, total, unit) -> done -> {
            if (label.equals("Computing cells") && done == 2) {
                StopRequest.send(work);
            }
        };
        impatient.progress = stops;
        CommandRunner runner = new CommandRunner(session, impatient);
        List<Recipe.Step> steps = Recipe.parse(head + ways, session.commands(), host::variable);
        String said = assertThrows(Interrupted.class, () -> runner.run(steps)).getMessage();
        assertTrue(said.contains("of 3 cells and all windows scored so far are kept: the same grid goes on"), said);
        int kept = logged().size();
        assertTrue(kept >= 2, said);
        GridResult rest = grid(ways);
        assertEquals(kept, rest.reused());
        assertEquals(3, logged().size());
    }

    @Test
    void afterAKillTheRestFollows() throws Exception {
        String yaml =
                head + "ways: [drop, merge --align none, merge --align random]\nsizes: [0.1, 0.2]\nseeds: [0, 1]\n"
                        + "steps: 4\nbatch: 2\n";
        Path file = Files.writeString(folder.resolve("grid.yaml"), yaml);
        Path state = Files.createDirectory(folder.resolve("killed"));
        JavaProcess process =
                JavaProcess.start("export _JAVA_OPTIONS='-Xmx512m -Dffmerge.state=" + state + "';", Exec.class, file);
        while (process.isAlive() && runsIn(state).size() < 3) {
            Thread.sleep(20);
        }
        process.kill();
        int kept = runsIn(state).size();
        assertTrue(kept >= 3, "it ended before");
        GridResult rest;
        try (Session again = new Session(session.home(), new StateFolder(state))) {
            Notes notes = new Notes();
            new CommandRunner(again, notes).run(Recipe.parse(yaml, again.commands(), notes::variable));
            rest = (GridResult) notes.results.get(0);
        }
        assertTrue(rest.reused() >= kept, rest.reused() + " of " + kept);
        GridResult whole = (GridResult) run(yaml);
        assertEquals(
                whole.all().stream().map(Cell::value).toList(),
                rest.all().stream().map(Cell::value).toList());
    }

    private static List<Path> runsIn(Path state) throws Exception {
        Path runs = state.resolve("runs");
        if (!Files.isDirectory(runs)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(runs)) {
            return files.filter(f -> f.toString().endsWith(".json")).toList();
        }
    }

    @Test
    void aFolderGetsAllForms() throws Exception {
        Path out = folder.resolve("results");
        grid("ways: [drop]\nsizes: [0.1]\nsteps: 2\nbatch: 2\nout: " + out + "\n");
        List<String> written = new ArrayList<>();
        try (Stream<Path> files = Files.list(out)) {
            files.forEach(file -> written.add(file.getFileName().toString()));
        }
        assertTrue(
                written.containsAll(List.of(
                        "report.html", "result.json", "table.csv", "rows.csv", "picture-1.png", "picture-3.svg")),
                written.toString());
        String recipe = Files.readString(out.resolve("recipe.yaml"));
        for (String said :
                List.of("grid:", "model: ", "- drop", "sizes:", "seeds:", "steps: 2", "batch: 2", "limit: 8")) {
            assertTrue(recipe.contains(said), recipe);
        }
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        assertEquals(0, exec(out.resolve("recipe.yaml"), told, told), told.toString(StandardCharsets.UTF_8));
        assertTrue(
                told.toString(StandardCharsets.UTF_8).contains("; 3 of all stood in the log already."),
                told.toString(StandardCharsets.UTF_8));
        String page = Files.readString(out.resolve("report.html"));
        assertTrue(page.contains("data:image/png;base64,"));
        assertTrue(!page.contains("src=\"http") && !page.contains("<link"), "it stands alone");
        assertEquals(3, Files.readAllLines(out.resolve("rows.csv")).size() - 1, "a row a cell and control");
        Path taken = Files.writeString(folder.resolve("taken"), "");
        assertTrue(refusal("ways: [drop]\nsizes: [0.1]\nout: " + taken + "\n").contains("cannot write into"));
    }

    /** What is learned from is known by its file: to find cells in the log nobody reads it. */
    @Test
    void whatTheLogAnswersReadsNoTrainingText() throws Exception {
        long train =
                Files.readString(folder.resolve("text").resolve("train.txt")).length();
        List<Long> lengths = new ArrayList<>();
        host.progress = (label, total, unit) -> {
            if (label.equals("Tokenizing")) {
                lengths.add(total);
            }
            return Progress.NONE.start(label, total, unit);
        };
        String yaml = "ways: [drop]\nsizes: [0.1]\nsteps: 2\nbatch: 2\n";
        assertEquals(0, grid(yaml).reused());
        assertTrue(lengths.contains(train), lengths.toString());
        closeSession();
        openSession();
        lengths.clear();
        assertEquals(3, grid(yaml).reused());
        assertTrue(!lengths.contains(train), lengths.toString());
        Files.writeString(folder.resolve("text").resolve("train.txt"), " w1 w2 w3", StandardOpenOption.APPEND);
        closeSession();
        openSession();
        assertEquals(1, grid(yaml).reused(), "the model that isn't tuned");
    }

    /** A model that is loaded for the grid alone is gone when the run is logged, and where it lay is not. */
    @Test
    void theRunOfTheWholeKnowsWhereItsModelLay() {
        grid("ways: [drop]\nsizes: [0.1]\n");
        Run whole = session.lastRun().orElseThrow();
        assertEquals(
                List.of("cpu float32"), List.copyOf(whole.capsule().devices().values()));
        assertEquals(
                List.of(folder.resolve("olmo").toString()),
                List.copyOf(whole.capsule().devices().keySet()));
    }

    private String refusal(String yaml) {
        return assertThrows(UserError.class, () -> run(head + yaml)).getMessage();
    }

    @Test
    void aFileIsRunWithoutANotebook() throws Exception {
        Path file = Files.writeString(folder.resolve("grid.yaml"), head + "ways: [drop]\nsizes: [0.1]\n");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        assertEquals(0, exec(file, out, err), err.toString(StandardCharsets.UTF_8));
        String said = out.toString(StandardCharsets.UTF_8);
        assertTrue(said.contains("drop") && said.contains("perplexity, mean"), said);
        Files.writeString(file, head + "ways: [drp]\n");
        err.reset();
        assertEquals(Exec.WRONG, exec(file, out, err));
        assertEquals(
                "ffmerge: step 1 (line 5, column 8): there is no way to shrink 'drp'; did you mean 'drop'?",
                err.toString(StandardCharsets.UTF_8).strip().replaceFirst(" Ways begin.*", ""));
        assertEquals(Exec.WRONG, exec(folder.resolve("none.yaml"), out, err));
        Path result = folder.resolve("result.json");
        Files.writeString(file, head + "ways: [drop]\nsizes: [0.1]\nout: " + result + "\n");
        assertEquals(0, exec(file, out, err));
        out.reset();
        assertEquals(0, exec(file, out, err, "--against", result.toString()));
        assertTrue(
                out.toString(StandardCharsets.UTF_8).contains("2 of 2 cells, 100.00 %, lie inside"),
                out.toString(StandardCharsets.UTF_8));
    }

    private int exec(Path file, ByteArrayOutputStream out, ByteArrayOutputStream err, String... more) {
        return Exec.run(
                Stream.concat(Stream.of(file.toString()), Stream.of(more)).toList(),
                session,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }
}
