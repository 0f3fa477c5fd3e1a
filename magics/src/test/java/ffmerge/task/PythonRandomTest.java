package ffmerge.task;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What Python 3.11 draws one after the other: {@code r = Random(1234); r.sample(range(10), 5); r.sample(range(21), 5) …} */
class PythonRandomTest {
    private final PythonRandom random = new PythonRandom(1234);

    private List<Integer> sample(int population, int count) {
        return random.sample(IntStream.range(0, population).boxed().toList(), count);
    }

    @Test
    void samplesAreThoseOfPython() {
        assertEquals(List.of(7, 1, 0, 9, 4), sample(10, 5));
        assertEquals(List.of(1, 2, 3, 11, 7), sample(21, 5));
        assertEquals(List.of(0, 11, 20, 19, 15), sample(22, 5));
        assertEquals(List.of(78, 59, 19, 11, 23, 14), sample(85, 6));
        assertEquals(List.of(1, 64, 62, 31, 8, 85), sample(86, 6));
        assertEquals(
                List.of(
                        70921, 61066, 8987, 78835, 88490, 11656, 67507, 75891, 6024, 35335, 72932, 8267, 84493, 39639,
                        63050, 46561, 34924, 32656, 85915, 26218),
                sample(100_000, 20));
        assertEquals(List.of(0), sample(1, 1));
        assertEquals(List.of(2, 0, 1), sample(3, 3));
    }
}
