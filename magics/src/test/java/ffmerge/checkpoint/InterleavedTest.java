package ffmerge.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.FloatBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InterleavedTest {
    @Test
    void headsHaveTheirQueriesKeysAndValuesTogether() {
        // two groups of [q q q k v]
        Interleaved layout = new Interleaved(2, List.of(3L, 1L, 1L));
        float[] whole = {0, 1, 2, 10, 20, 3, 4, 5, 11, 21};
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, part(layout, 0, whole, 6));
        assertArrayEquals(new float[] {10, 11}, part(layout, 1, whole, 2));
        assertArrayEquals(new float[] {20, 21}, part(layout, 2, whole, 2));
    }

    private static float[] part(Interleaved layout, int part, float[] whole, int length) {
        float[] values = new float[length];
        Interleaved.read(
                0,
                FloatBuffer.wrap(values),
                element -> layout.ofPart(part, element),
                (run, some) -> some.put(whole, (int) run.inWhole(), some.remaining()));
        return values;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void whereAPartsElementIsTheWholeHasIt(int groups) {
        Interleaved layout = new Interleaved(groups, List.of(4L, 1L, 3L));
        for (int part = 0; part < 3; part++) {
            for (long element = 0; element < groups * layout.blocks().get(part); element++) {
                Interleaved.Run there = layout.ofPart(part, element);
                Interleaved.Run back = layout.ofWhole(there.inWhole());
                assertEquals(new Interleaved.Run(part, element, there.inWhole(), there.length()), back);
            }
        }
    }

    /** Reading may begin and end within a block. */
    @Test
    void aPieceOfTheWholeIsReadAcrossBlocks() {
        Interleaved layout = new Interleaved(3, List.of(2L, 3L));
        float[][] parts = {{0, 1, 2, 3, 4, 5}, {10, 11, 12, 13, 14, 15, 16, 17, 18}};
        float[] values = new float[9];
        Interleaved.read(
                3,
                FloatBuffer.wrap(values),
                layout::ofWhole,
                (run, some) -> some.put(parts[run.part()], (int) run.inPart(), some.remaining()));
        assertArrayEquals(new float[] {11, 12, 2, 3, 13, 14, 15, 4, 5}, values);
    }
}
