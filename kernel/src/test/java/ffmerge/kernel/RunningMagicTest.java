package ffmerge.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.StopRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunningMagicTest {
    private final RunningMagic magics = new RunningMagic("ours");
    private final List<String> seen = new ArrayList<>();

    private void note(String where) {
        seen.add(where + " " + StopRequest.isPending());
    }

    @Test
    void anInterruptAsksTheMagicAndLeavesItsThreadAlone() throws Exception {
        magics.registerLineMagic("ours", (k, words) -> {
            magics.interrupt();
            note("within");
            assertFalse(Thread.currentThread().isInterrupted(), "it would close the files that are open");
            return null;
        });
        magics.registerCellMagic("ours", (k, words, body) -> {
            magics.evalLineMagic(null, "ours", List.of());
            note("afterwards");
            return null;
        });
        magics.evalCellMagic(null, "ours", List.of("eval", "base"), "");
        assertEquals(List.of("within true", "afterwards true"), seen);
        assertFalse(StopRequest.isPending(), "what came too late is not the next statement's");
        assertEquals("%ours eval base", magics.finished());
    }

    @Test
    void anInterruptBeforeTheMagicIsMetByIt() throws Exception {
        magics.registerLineMagic("ours", (k, words) -> {
            note("running");
            return null;
        });
        assertEquals(0, magics.interrupt());
        assertTrue(magics.interrupt() > 0, "told a second time");
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
            assertTrue(magics.idleNanos() > 0);
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
