package ffmerge.permutation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PermutationTest {
    /** b c a: place 0 is taken by unit 1, and so on. */
    private static final Permutation BCA = new Permutation(new int[] {1, 2, 0});

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 10, 257})
    void aPermutationAndItsInverseAreTheIdentity(int size) {
        SplittableRandom random = new SplittableRandom(size);
        for (int i = 0; i < 20; i++) {
            Permutation p = Permutation.random(size, random);
            assertEquals(Permutation.identity(size), p.then(p.inverse()));
            assertEquals(Permutation.identity(size), p.inverse().then(p));
            assertEquals(p, p.inverse().inverse());
        }
    }

    @Test
    void gatheringTakesUnitsToTheirPlaces() {
        assertArrayEquals(new float[] {20, 30, 10}, BCA.gather(new float[] {10, 20, 30}, 1));
    }

    @Test
    void gatheringMovesWholeSlicesOfTheAxesInside() {
        float[] rows = {10, 11, 20, 21, 30, 31};
        assertArrayEquals(new float[] {20, 21, 30, 31, 10, 11}, BCA.gather(rows, 2));
    }

    @Test
    void gatheringStaysWithinTheAxesOutside() {
        float[] twoRows = {10, 20, 30, 40, 50, 60};
        assertArrayEquals(new float[] {20, 30, 10, 50, 60, 40}, BCA.gather(twoRows, 1));
        assertArrayEquals(new float[] {10, 20, 30, 40, 50, 60}, twoRows, "the values stay as they are");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 40})
    void gatheringTwiceIsGatheringByTheProduct(int size) {
        SplittableRandom random = new SplittableRandom(size);
        Permutation first = Permutation.random(size, random);
        Permutation second = Permutation.random(size, random);
        float[] values = new float[3 * size * 2];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat();
        }
        assertArrayEquals(
                second.gather(first.gather(values, 2), 2), first.then(second).gather(values, 2));
        assertArrayEquals(values, first.inverse().gather(first.gather(values, 2), 2));
    }

    @Test
    void theValuesMustHoldWholeSlices() {
        assertEquals(
                "7 values do not hold slices of 3 × 1",
                assertThrows(IllegalArgumentException.class, () -> BCA.gather(new float[7], 1))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> BCA.gather(new float[6], 0));
    }

    static int[][] noPermutations() {
        return new int[][] {{0, 0}, {1, 2}, {-1, 0}, {0, 1, 3}, {2, 1, 2}};
    }

    @ParameterizedTest
    @MethodSource("noPermutations")
    void aUnitThatIsMissingOrThereTwiceIsRefused(int[] order) {
        assertThrows(IllegalArgumentException.class, () -> new Permutation(order));
    }

    @Test
    void itsOrderCannotBeChangedFromOutside() {
        int[] order = {1, 2, 0};
        Permutation p = new Permutation(order);
        order[0] = 2;
        p.order()[1] = 1;
        assertEquals(BCA, p);
        assertEquals(BCA.hashCode(), p.hashCode());
    }

    @Test
    void itTellsHowManyUnitsStay() {
        assertEquals(0, BCA.fixedPoints());
        assertEquals(1, new Permutation(new int[] {2, 1, 0}).fixedPoints());
        assertEquals(4, Permutation.identity(4).fixedPoints());
        assertEquals("Permutation of 3 units, 1 of them in place", new Permutation(new int[] {2, 1, 0}).toString());
    }

    @Test
    void everyRandomOrderIsAsLikelyAsAnyOther() {
        SplittableRandom random = new SplittableRandom(3);
        Map<Permutation, Integer> counts = new HashMap<>();
        int draws = 24_000;
        for (int i = 0; i < draws; i++) {
            counts.merge(Permutation.random(4, random), 1, Integer::sum);
        }
        assertEquals(24, counts.size());
        // 1000 expected of each, with a standard deviation of 31
        counts.forEach((p, count) -> assertTrue(Math.abs(count - 1000) < 150, p + " " + count));
    }

    @Test
    void aSeedAlwaysGivesTheSameOrder() {
        assertEquals(
                Permutation.random(100, new SplittableRandom(5)), Permutation.random(100, new SplittableRandom(5)));
        assertNotEquals(
                Permutation.random(100, new SplittableRandom(5)), Permutation.random(100, new SplittableRandom(6)));
    }
}
