package ffmerge.magic.typing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.data.DemoHome;
import ffmerge.fixture.Cases;
import ffmerge.hub.Hub;
import ffmerge.hub.HubSettings;
import ffmerge.magic.command.Commands;
import ffmerge.magic.command.Session;
import ffmerge.magic.typing.MagicCompletion.Proposal;
import ffmerge.model.TransformerModel;
import ffmerge.result.Lineage;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In the cells below a bar is the cursor. */
class MagicCompletionTest {
    @TempDir
    private static Path cache;

    /** Of a hub that does not exist: whoever completes a word must not ask it. */
    private static final Session SESSION =
            new Session(DemoHome.find(), StateFolder.find(), () -> new Hub(hubSettings()));

    private static HubSettings hubSettings() {
        return new HubSettings(
                URI.create("http://hub.invalid"), cache, Optional.empty(), false, Duration.ZERO, Duration.ZERO);
    }

    @BeforeAll
    static void loadTheDemoModel() {
        DemoHome home = SESSION.home();
        SESSION.put(
                "base",
                TransformerModel.load(home.model("gpt2-novels").orElseThrow(), Device.cpu(), Progress.NONE),
                new Lineage("gpt2-novels"));
    }

    @AfterAll
    static void close() {
        SESSION.close();
    }

    private static Optional<MagicCompletion> at(String cell) {
        int cursor = cell.indexOf('|');
        return MagicCompletion.at(cell.replace("|", ""), cursor, SESSION);
    }

    private static List<String> proposed(String cell) {
        return at(cell).orElseThrow().proposals().stream().map(Proposal::text).toList();
    }

    /** The cell after the only proposal is taken. */
    private static String completed(String cell) {
        MagicCompletion completion = at(cell).orElseThrow();
        assertEquals(1, completion.proposals().size(), () -> completion.toString());
        return new StringBuilder(cell.replace("|", ""))
                .replace(
                        completion.start(),
                        completion.end(),
                        completion.proposals().get(0).text())
                .toString();
    }

    @Test
    void javaIsLeftToTheShell() {
        assertTrue(at("Path.o|").isEmpty());
        assertTrue(at("%ffmerge info base\nPath.o|").isEmpty());
        assertTrue(at("int a = 7 %ffm|").isEmpty());
        assertTrue(at("%ffm|").isEmpty());
        assertTrue(at("%ffmerge|").isEmpty());
        assertTrue(at("%ffmerges lo|").isEmpty());
        assertTrue(at("%%time\n%%ffmerge lo|").isEmpty());
    }

    /** Whatever stands in a cell: what ends lines elsewhere, what is no YAML, half a magic. */
    @Test
    void everyPlaceOfAnyCellIsAnswered() throws IOException {
        List<String> cells = List.of(
                Files.readString(Cases.file("L-damaged-files/cell-with-carriage-return.txt")),
                "%%ffmerge\r\n- load: gpt2-novels\r\n  as: base\r\n- merge: [base]\r\n  window:\r\n  - 3-8\r",
                "%%ffmerge merge base\nwindow\u0085: 3-8\n\u2028as:\tx\u2029\n-\n - \n:\n",
                "%ffmerge merge base\r--window\u000b3-8\f--as=\u0000 \"\r",
                "%%ffmerge\r\r\n\r-\r:\r#\r");
        for (String cell : cells) {
            for (int cursor = 0; cursor <= cell.length(); cursor++) {
                MagicCompletion.at(cell, cursor, SESSION);
                HelpText.at(cell, cursor, Commands.BUILT_IN);
            }
        }
    }

    @Test
    void commandsAreProposedInTheOrderOfHelp() {
        List<String> names = Commands.BUILT_IN.names();
        assertEquals(names, proposed("%ffmerge |"));
        assertEquals(names, proposed("  %ffmerge | base"));
        assertEquals(names, proposed("%%ffmerge |\nwindow: 3-8"));
        assertEquals(
                "command", at("%ffmerge ev|").orElseThrow().proposals().get(0).type());
    }

    @Test
    void aWordIsCompletedWhereverTheCursorStandsInIt() {
        assertEquals("%ffmerge eval", completed("%ffmerge ev|"));
        assertEquals(
                "int a = 1;\n%ffmerge merge base --window 3-8",
                completed("int a = 1;\n%ffmerge me| base --window 3-8"));
        assertEquals("%ffmerge merge base --window 3-8", completed("%ffmerge merge base --win|dow 3-8"));
        assertEquals("%ffmerge merge base --window", completed("%ffmerge merge base -w|".replace("-w", "--w")));
    }

    @Test
    void optionsAreThoseOfTheCommandThatAreNotGivenYet() {
        assertTrue(proposed("%ffmerge merge base -|").containsAll(List.of("--window", "--anchor", "--as")));
        assertTrue(proposed("%ffmerge eval base |").contains("--limit"));
        assertFalse(proposed("%ffmerge eval base |").contains("--window"));
        assertFalse(proposed("%ffmerge eval base --limit 20 --|").contains("--limit"));
        assertFalse(proposed("%ffmerge eval base --| --limit=20").contains("--limit"));
        assertTrue(
                proposed("%ffmerge merge base --window 1-2 --|").contains("--window"), "several make several groups");
        assertEquals(List.of(), proposed("%ffmerge nonsense --|"));
    }

    @Test
    void choicesAreProposedAsValues() {
        assertEquals(List.of("first", "middle", "last"), proposed("%ffmerge merge base --anchor |"));
        assertEquals(List.of("first", "middle", "last"), proposed("%ffmerge merge base --anchor=| --as x"));
        assertEquals("%ffmerge merge base --anchor=middle --as x", completed("%ffmerge merge base --anchor=m| --as x"));
        assertEquals(List.of("auto", "cpu", "gpu"), proposed("%ffmerge load gpt2-novels --device |"));
        assertEquals(
                "%ffmerge sweep base --methods permute,none", completed("%ffmerge sweep base --methods permute,no|"));
        assertEquals(List.of("decoder"), proposed("%ffmerge merge base --stack |"), "GPT-2 has no encoder");
        assertEquals(List.of(), proposed("%ffmerge load gpt2-novels --as |"), "a new name is the user's");
    }

    @Test
    void argumentsAreModels() {
        assertEquals(SESSION.home().models(), proposed("%ffmerge load |"));
        assertEquals("%ffmerge load gpt2-novels", completed("%ffmerge load gp|"));
    }

    @Test
    void hubModelsThatWereFetchedBeforeAreProposed() throws IOException {
        Path model = cache.resolve("models--tiny--model");
        Path snapshot = Files.createDirectories(model.resolve("snapshots/" + "0".repeat(40)));
        Files.createDirectories(model.resolve("refs"));
        Files.writeString(model.resolve("refs/main"), "0".repeat(40));
        assertEquals(List.of(), proposed("%ffmerge load ti|"), "fetched in part");
        Files.writeString(snapshot.resolve("config.json"), "{}");
        Files.writeString(snapshot.resolve("model.safetensors"), "");
        assertEquals(List.of("tiny/model"), proposed("%ffmerge load ti|"));
        assertEquals(List.of(), proposed("%ffmerge load tiny/other|"));
        Files.delete(model.resolve("refs/main")); // for the other tests it was never there
        assertEquals(List.of("base"), proposed("%ffmerge info |"));
        assertEquals("%ffmerge eval base --limit 3", completed("%ffmerge eval b| --limit 3"));
    }

    @Test
    void modelsThatTheCellNamesAboveCountAsLoaded() {
        assertEquals(
                List.of("base", "small"),
                proposed(
                        "%ffmerge merge base --window 3-8 --as small\n%ffmerge eval |\n%ffmerge info base --as later"));
    }

    @Test
    void dataThatIsHereIsProposedAndTheHubsThatThePaperUses() throws IOException {
        List<String> demo = SESSION.home().dataSets();
        List<String> paper = List.of("wikitext-103", "wikitext-2", "imagenet-1k", "tatoeba-zh-en", "samsum");
        assertEquals(Stream.concat(demo.stream(), paper.stream()).toList(), proposed("%ffmerge eval base --data |"));
        String commit = "0123456789abcdef0123456789abcdef01234567";
        Path folder = cache.resolve("datasets--tiny--wiki");
        Files.createDirectories(folder.resolve("refs"));
        Files.writeString(folder.resolve("refs/main"), commit);
        Path file = folder.resolve("snapshots/" + commit + "/raw/test-00000-of-00001.parquet");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "rows");
        assertEquals(List.of("tiny/wiki:raw"), proposed("%ffmerge eval base --data ti|"));
        assertEquals(List.of("wikitext-103", "wikitext-2"), proposed("%ffmerge tune base --data wiki|"));
    }

    @Test
    void windowsFitTheModel() {
        List<String> halves = proposed("%ffmerge merge base --window |");
        assertEquals(7, halves.size());
        assertEquals("0-5", halves.get(0));
        assertEquals("6-11", halves.get(6));
        assertEquals(List.of("9-10", "9-11"), proposed("%ffmerge merge base --window 9-|"));
        assertEquals(List.of(), proposed("%ffmerge merge unknown --window |"));
        assertEquals("%ffmerge merge base --layers 2,10,7", completed("%ffmerge merge base --layers 2,10|,7"));
    }

    @Test
    void aBodyHoldsTheOptions() {
        assertTrue(proposed("%%ffmerge merge base\n|").containsAll(List.of("window: ", "anchor: ")));
        assertEquals("%%ffmerge merge base\nwindow: ", completed("%%ffmerge merge base\nwin|"));
        assertEquals("%%ffmerge merge base\nwindow: 3-8", completed("%%ffmerge merge base\nwin|dow: 3-8"));
        assertEquals(
                "%%ffmerge merge base\nanchor: middle\nas: x", completed("%%ffmerge merge base\nanchor: m|\nas: x"));
        assertEquals(List.of("9-10", "9-11"), proposed("%%ffmerge merge base\nwindow:\n  - 0-2\n  - 9-|"));
        assertEquals(List.of("9-10", "9-11"), proposed("%%ffmerge merge base\nwindow: [0-2, 9-|]"));
        assertFalse(proposed("%%ffmerge merge base --anchor last\n|").contains("anchor: "), "the line wins");
        assertFalse(proposed("%%ffmerge merge base\n|\nanchor: last").contains("anchor: "));
        assertEquals(List.of(), proposed("%%ffmerge merge base\n# anch|"));
        assertEquals(List.of(), proposed("%%ffmerge nonsense\n|"));
    }

    @Test
    void aRecipeIsAListOfSteps() {
        assertTrue(proposed("%%ffmerge\n|").contains("- load: "));
        assertEquals("%%ffmerge\n- eval: ", completed("%%ffmerge\n- ev|"));
        assertEquals("%%ffmerge\n- eval: ", completed("%%ffmerge\nev|"));
        assertEquals("%%ffmerge\n- load: gpt2-novels", completed("%%ffmerge\n- load: g|"));
        assertEquals(
                List.of("base", "small"), proposed("%%ffmerge\n- merge: base\n  window: 3-8\n  as: small\n- eval: |"));
    }

    @Test
    void aStepHasTheOptionsOfItsCommand() {
        String steps = "%%ffmerge\n- load: gpt2-novels\n  as: base\n- merge: base\n  window: 3-8\n";
        assertEquals(steps + "  anchor: ", completed(steps + "  anc|"));
        assertEquals(steps + "  anchor: last\n- eval: base", completed(steps + "  anchor: l|\n- eval: base"));
        assertTrue(proposed(steps + "  |").contains("as: "), "the as: above belongs to another step");
        assertEquals(List.of("9-10", "9-11"), proposed("%%ffmerge\n- merge: base\n  window:\n  - 9-|"));
        assertTrue(proposed(steps + "|").contains("- eval: "));
    }

    @Test
    void everyPrefixOfARecipeIsReadWithoutFault() {
        String recipe =
                "%%ffmerge\n# steps\n- load: gpt2-novels\n  as: \"base\"\n-\n- merge: [base]\n  window:\n    - 3-8\n\n"
                        + "  layers: [[1, 2], [5]]\nfree text: - x\n- eval: base --limit 3\n\t\n%ffmerge merge \"a b\" --as= --x";
        for (int cursor = 0; cursor <= recipe.length(); cursor++) {
            for (String cell : List.of(recipe, recipe.substring(0, cursor), recipe.substring(10))) {
                int at = Math.min(cursor, cell.length());
                Optional<MagicCompletion> completion = MagicCompletion.at(cell, at, SESSION);
                completion.ifPresent(c -> {
                    assertTrue(c.start() <= at && at <= c.end(), () -> cell + " at " + at + ": " + c);
                });
                HelpText.at(cell, at, Commands.BUILT_IN);
            }
        }
    }
}
