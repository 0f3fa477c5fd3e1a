package ffmerge.magic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.magic.command.Commands;
import ffmerge.magic.command.Session;
import ffmerge.result.Run;
import ffmerge.shrink.Ways;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run of the log says of its options is what was used, and enough to do the same again. */
class ResolvedOptionsTest extends MadeUpTests {
    private static final ObjectMapper JSON = new ObjectMapper();

    ResolvedOptionsTest() {
        super(Commands.BUILT_IN, Ways.BUILT_IN, Session.VIEWS);
    }

    private Run logged(String step) {
        run("- " + step + "\n");
        List<Run> runs = session.log().read(1);
        return runs.get(0);
    }

    private Map<String, Object> options(String step) {
        return logged(step).options();
    }

    @Test
    void whatTheModelAndTheDataSaidIsThere() {
        Map<String, Object> eval = new LinkedHashMap<>();
        eval.put("data", "novels");
        eval.put("split", "test");
        eval.put("limit", 2);
        eval.put("context", 256);
        eval.put("stride", 128);
        eval.put("bos", "auto");
        eval.put("weighting", "window");
        eval.put("seed", 0);
        eval.put("show", 0);
        eval.put("precision", "float32");
        eval.put("dry-run", false);
        assertEquals(eval, options("{eval: base, limit: 2}"));
        assertEquals(64, options("{eval: base, limit: 2, context: 128}").get("stride"));
    }

    @Test
    void whatHadNoPartIsNotThere() {
        Run merged = logged("{merge: base, window: 3-4, align: none, as: m}");
        assertEquals(
                Set.of("as", "window", "site", "anchor", "align", "average", "rescale", "residual", "stack", "dry-run"),
                merged.options().keySet());
        assertEquals("decoder", merged.options().get("stack"));
        assertEquals(List.of("base"), merged.arguments());
        host.variables.put("mine", "base");
        assertEquals(List.of("base"), logged("{quantize: mine, as: q}").arguments());
        assertFalse(options("{tune: base, steps: 1, batch: 1, limit: 1, as: t}").containsKey("rank"));
        assertFalse(options("{eval: base, limit: 1}").containsKey("prompt"));
    }

    /** Each differs from its command's defaults, or leaves to the model what it is about. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{eval: base, limit: 2}",
                "{eval: base, limit: 2, context: 64, weighting: token}",
                "{compare: base, limit: 2}",
                "{eval: base, reference: base, limit: 2}",
                "{cka: base, tokens: 512}",
                "{align: base, layers: '3,4', tokens: 600}",
                "{merge: base, window: [3-4, 8-10], tokens: 600, anchor: last, memory: 500MB, as: m}",
                "{merge: base, layers: [[2, 5], [3, 7]], align: random, seed: 3, as: m}",
                "{drop: base, window: 3-4, as: d}",
                "{quantize: base, as: q}",
                "{sweep: base, length: 10, methods: [none, drop], limit: 2}",
                "{tune: base, steps: 2, batch: 1, limit: 2, adapters: shared, rank: 2, targets: [c_fc, c_proj], as: t}",
                "{tune: base, steps: 1, batch: 1, limit: 2, as: t}",
            })
    void aRunIsDoneAgainFromItsLogEntry(String step) throws Exception {
        Run first = logged(step);
        Map<String, Object> again = new LinkedHashMap<>();
        again.put(first.command(), first.arguments());
        again.putAll(first.options());
        Run second = logged(JSON.writeValueAsString(again));
        assertEquals(first.options(), second.options());
        assertEquals(first.arguments(), second.arguments());
        assertEquals(first.outcome(), second.outcome());
        assertEquals(first.made().keySet(), second.made().keySet());
        first.made()
                .forEach((name, subject) ->
                        assertEquals(subject.lineage(), second.made().get(name).lineage()));
    }
}
