package ffmerge.magic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PaceTest {
    private static final long SECOND = 1_000_000_000L;

    private final Pace pace = new Pace();

    @Test
    void theSecondCountTells() {
        pace.note(0, 100 * SECOND);
        assertTrue(pace.perSecond().isEmpty());
        pace.note(4, 102 * SECOND);
        assertEquals(2, pace.perSecond().orElseThrow());
    }

    @Test
    void whatAnEarlierRunDidIsNoPace() {
        pace.note(300, 0);
        pace.note(301, 2 * SECOND);
        assertEquals(0.5, pace.perSecond().orElseThrow());
    }

    @Test
    void onlyWhatWasDoneLatelyCounts() {
        pace.note(0, 0);
        for (int i = 1; i <= 100; i++) {
            pace.note(i, i * SECOND);
        }
        for (int i = 1; i <= 40; i++) {
            pace.note(100 + 10 * i, (100 + i) * SECOND);
        }
        assertEquals(10, pace.perSecond().orElseThrow(), 1e-9);
    }
}
