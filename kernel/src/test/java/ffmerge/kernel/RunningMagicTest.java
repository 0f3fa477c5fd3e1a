package ffmerge.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunningMagicTest {
    private final RunningMagic magics = new RunningMagic("ours");
    private final List<String> seen = new ArrayList<>();

    private void note(String where) {
        seen.add(where + " " + Thread.currentThread().isInterrupted());
    }

    @Test
    void anInterruptWaitsForWhatTheShellEvaluates() throws Exception {
        magics.registerLineMagic(
                "ours",
                (k, words) -> magics.undisturbed(() -> {
                    magics.interrupt();
                    note("compiling");
                    return null;
                }));
        magics.registerLineMagic("both", (k, words) -> null);
        magics.registerCellMagic("ours", (k, words, body) -> {
            magics.evalLineMagic(null, "ours", List.of());
            note("afterwards");
            return null;
        });
        magics.evalCellMagic(null, "ours", List.of(), "");
        assertEquals(List.of("compiling false", "afterwards true"), seen);
        assertFalse(Thread.currentThread().isInterrupted(), "what came too late is not the next statement's");
    }

    @Test
    void anInterruptBeforeTheMagicIsMetByIt() throws Exception {
        magics.registerLineMagic("ours", (k, words) -> {
            note("running");
            return null;
        });
        assertFalse(magics.interrupt());
        assertTrue(magics.interrupt(), "told a second time");
        magics.evalLineMagic(null, "ours", List.of());
        assertEquals(List.of("running true"), seen);
        assertTrue(magics.wasInterrupted());
        magics.beginCell();
        magics.evalLineMagic(null, "ours", List.of());
        assertEquals(List.of("running true", "running false"), seen);
    }

    @Test
    void othersAreNotTold() throws Exception {
        magics.registerLineMagic("other", (k, words) -> {
            assertFalse(magics.isUnderWay());
            magics.interrupt();
            note("other");
            return null;
        });
        magics.evalLineMagic(null, "other", List.of());
        assertEquals(List.of("other false"), seen);
    }

    @Test
    void whatAMagicThrowsIsKeptUntilTheNextCell() {
        Exception fault = new Exception("fault");
        magics.registerLineMagic("other", (k, words) -> {
            throw fault;
        });
        assertThrows(Exception.class, () -> magics.evalLineMagic(null, "other", List.of()));
        assertEquals(fault, magics.failure().orElseThrow());
        magics.beginCell();
        assertTrue(magics.failure().isEmpty());
    }
}
