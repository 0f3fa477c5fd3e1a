package ffmerge.magic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.magic.command.Commands;
import ffmerge.magic.command.Session;
import ffmerge.result.Run;
import ffmerge.result.ScoreboardResult;
import ffmerge.shrink.Ways;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the scoreboard says of models that came to be by several ways, one upon another. */
class StackedBoardTest extends MadeUpTests {
    private static final String TUNED = "  steps: 1\n  batch: 1\n  rank: 2\n  limit: 1\n";

    StackedBoardTest() {
        super(Commands.BUILT_IN, Ways.BUILT_IN, Session.VIEWS);
    }

    private Map<String, ScoreboardResult.Row> board(String... models) {
        for (String model : models) {
            run("- eval: " + model + "\n  limit: 2\n");
        }
        ScoreboardResult board = (ScoreboardResult) run("- scoreboard\n");
        return board.rows().stream()
                .filter(row -> row.command().equals("eval"))
                .collect(Collectors.toMap(ScoreboardResult.Row::model, Function.identity()));
    }

    private static void assertRow(String expected, ScoreboardResult.Row row) {
        assertEquals(
                expected,
                String.join(" | ", row.method(), row.title(), row.layers(), String.valueOf(row.steps()))
                        + String.format(Locale.ROOT, " | %.4f", 12 * row.feedForwardsRemoved()));
    }

    @Test
    void mergedQuantizedTunedAndFolded() {
        run("- merge: base\n  window: 3-8\n  align: none\n  as: m\n"
                + "- quantize: m\n  as: q\n"
                + "- tune: q\n  as: t\n" + TUNED
                + "- fold: t\n  as: f\n");
        Map<String, ScoreboardResult.Row> rows = board("base", "m", "q", "t", "f");
        assertEquals(4, rows.size());
        assertRow("none | vanilla | 3-8 | 0 | 5.0000", rows.get("m"));
        assertRow("none + nf4 | vanilla + in NF4 | 3-8 | 0 | 5.0000", rows.get("q"));
        assertRow("none + nf4 | vanilla + in NF4 | 3-8 | 1 | 5.0000", rows.get("t"));
        assertRow("none | vanilla | 3-8 | 1 | 5.0000", rows.get("f"));
        assertEquals("vanilla", rows.get("q").published().title());
        assertTrue(rows.get("q").differs().contains("vanilla + in NF4, theirs vanilla"));
        assertFalse(rows.get("f").differs().toString().contains("NF4"));
        assertEquals(rows.get("m").parametersRemoved(), rows.get("f").parametersRemoved(), 1e-12);
        assertEquals(rows.get("m").baseline(), rows.get("f").baseline());

        for (Run run : session.log().read(20)) {
            assertFalse(run.outcome().isEmpty(), run.line());
        }
    }

    @Test
    void droppedAndThenMerged() {
        run("- drop: base\n  window: 0-1\n  as: d\n- merge: d\n  window: 2-4\n  align: none\n  as: dm\n");
        Map<String, ScoreboardResult.Row> rows = board("base", "d", "dm");
        assertRow("drop | layer dropping | 0-1 | 0 | 2.0000", rows.get("d"));
        assertRow("drop + none | layer dropping + vanilla | 0-1 + 2-4 | 0 | 4.0000", rows.get("dm"));
        assertTrue(rows.get("dm").differs().contains("model gpt2-novels of 12 layers, theirs GPT-2 Large of 36"));
        assertTrue(rows.get("dm").differs().contains("layer dropping + vanilla, theirs vanilla"));
    }

    /** Of a group that shares one FF sublayer, the first layers that go take no weights with them. */
    @Test
    void mergedAndThenDropped() {
        run("- merge: base\n  window: 2-4\n  align: none\n  as: m\n- drop: m\n  window: 1-2\n  as: md\n");
        assertRow(
                "none + drop | vanilla + layer dropping | 2-4 + 1-2 | 0 | 3.0000",
                board("base", "md").get("md"));
    }

    @Test
    void whatIsAsLargeAsItWasIsNeitherSmallerNorABaseline() {
        run("- quantize: base\n  as: q\n"
                + "- tune: q\n  as: t\n" + TUNED
                + "- fold: t\n  as: f\n"
                + "- merge: base\n  window: 3-4\n  align: none\n  as: m\n"
                + "- tune: m\n  adapters: per-layer\n  as: e\n" + TUNED
                + "- fold: e\n  untie: true\n  as: u\n");
        Map<String, ScoreboardResult.Row> rows = board("base", "m", "f", "u");
        assertEquals(Set.of("m"), rows.keySet());
        assertEquals(board("base").get("m").baseline(), rows.get("m").baseline());
        assertEquals(0, session.lineage("u").removed().feedForwards(), "they share their biases alone");
    }

    @Test
    void bitsAreThoseInWhichTheModelIsHeld() {
        run("- load: gpt2-novels\n  dtype: nf4\n  as: read\n"
                + "- save: [read, " + folder.resolve("floats") + "]\n  format: expanded\n"
                + "- load: " + folder.resolve("floats") + "\n  as: floats\n");
        Map<String, ScoreboardResult.Row> rows = board("base", "read", "floats");
        assertEquals(Set.of("read"), rows.keySet());
        assertRow("nf4 | in NF4 |  | 0 | 0.0000", rows.get("read"));
        assertTrue(rows.get("read").change() != 0, "the model in floats is its baseline");
        assertEquals(
                "gpt2-novels > quantize nf4 > dequantize",
                session.lineage("floats").toString());
    }
}
