package ffmerge.plot;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class FocusTest {
    private static void assertFocus(double least, double most, boolean isClipped, boolean higher, double... values) {
        assertEquals(new Focus(least, most, isClipped), Focus.of(values, higher));
    }

    @Test
    void whatIsRuinedLiesBeyond() {
        assertFocus(80, 101, true, false, 80, 88, 101, 345_000);
        assertFocus(80, 120, true, false, 80, 88, 90, 92, 101, 110, 120, 1615);
        assertFocus(80, 88, true, false, 1600, 88, 80);
        assertFocus(25, 30, true, true, 30, 29, 28, 25, 0.3);
    }

    @Test
    void whatIsOnlyWorseStaysInSight() {
        assertFocus(80, 95, false, false, 80, 81, 95);
        assertFocus(80, 150, false, false, 80, 81, 82, 83, 150);
        assertFocus(60, 95, false, true, 95, 94, 94, 60);
        assertFocus(20, 34, false, true, 34, 33, 20);
    }

    @Test
    void manyRuinedOnesAreNoOutliers() {
        assertFocus(80, 2000, false, false, 80, 90, 1900, 2000);
        assertFocus(80, 5000, false, false, 80, 5000);
        assertFocus(7, 7, false, false, 7);
    }
}
