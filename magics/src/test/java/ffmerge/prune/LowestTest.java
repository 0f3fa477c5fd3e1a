package ffmerge.prune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ffmerge.UserError;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LowestTest {
    @Test
    void equalScoresGoByPosition() {
        assertArrayEquals(new int[] {0, 2, 3}, Lowest.of(new double[] {1, 5, 0, 1, 1}, 3));
        assertArrayEquals(new int[] {0, 1}, Lowest.of(new double[] {0, 0, 0}, 2));
        assertArrayEquals(new int[] {}, Lowest.of(new double[] {3}, 0));
    }

    @Test
    void itIsWhatAStableSortPutsFirst() {
        SplittableRandom random = new SplittableRandom(4);
        for (int round = 0; round < 200; round++) {
            double[] scores = random.doubles(random.nextInt(1, 40))
                    .map(x -> Math.rint(8 * x))
                    .toArray();
            int count = random.nextInt(scores.length + 1);
            int[] stable = java.util.stream.IntStream.range(0, scores.length)
                    .boxed()
                    .sorted(java.util.Comparator.comparingDouble(i -> scores[i]))
                    .limit(count)
                    .sorted()
                    .mapToInt(i -> i)
                    .toArray();
            assertArrayEquals(stable, Lowest.of(scores, count));
        }
    }

    /** As it is written: 0.29 times 100 is 28.999… in binary. */
    @ParameterizedTest
    @CsvSource({"0.29, 100, 29", "0.5, 13, 6", "0.57, 100, 57", "0, 7, 0", "0.999, 10, 9", "0.3, 10, 3"})
    void aShareIsRoundedDown(double share, int all, int gone) {
        assertEquals(gone, Sparsity.of(share).of(all));
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 1.5, -0.1, Double.NaN})
    void aShareLeavesSomething(double share) {
        assertThrows(UserError.class, () -> Sparsity.of(share));
    }
}
