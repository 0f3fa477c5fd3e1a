package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ContinuationBatchTest {
    private static Continuation choice(int[] context, int... continuation) {
        return new Continuation(0, context, continuation, false);
    }

    private static final int[] ASKED = {5, 6, 7};

    /** Two of one token behind the same context, one of two tokens, and one of one token behind another context. */
    private final ContinuationBatch batch = ContinuationBatch.of(
            List.of(choice(ASKED, 1), choice(ASKED, 2), choice(ASKED, 3, 4), choice(new int[] {9}, 1)));

    @Test
    void choicesWithTheSameInputShareARow() {
        assertEquals(3, batch.rows());
        assertEquals(5, batch.scored());
        assertArrayEquals(new int[] {0, 0, 1, 2}, batch.rowOf());
        assertArrayEquals(
                new long[] {5, 6, 7, 0, 5, 6, 7, 3, 9, 0, 0, 0}, batch.tokens().ids());
    }

    @Test
    void eachChoiceHasItsTargets() {
        assertEquals(0, batch.from());
        assertEquals(4, batch.length());
        assertEquals(2, batch.most());
        long[] targets = batch.targets(); // [3, 4, 2]
        long[] wanted = new long[24];
        wanted[2 * 2] = 1;
        wanted[2 * 2 + 1] = 2;
        wanted[8 + 2 * 2] = 3;
        wanted[8 + 3 * 2] = 4;
        wanted[16] = 1;
        assertArrayEquals(wanted, targets);
    }

    @Test
    void aPartHasTheChoicesOfItsRows() {
        ContinuationBatch part = batch.part(1, 3);
        assertEquals(List.of(batch.choices().get(2), batch.choices().get(3)), part.choices());
        assertArrayEquals(new int[] {0, 1}, part.rowOf());
        assertArrayEquals(new long[] {5, 6, 7, 3, 9, 0, 0, 0}, part.tokens().ids());
        assertEquals(2, batch.part(0, 1).choices().size());
    }

    @Test
    void aBatchOfOneChoiceSoManyTimesHasSoManyRows() {
        assertEquals(8, batch.repeated(8).rows());
        assertEquals(3, batch.repeated(8).length());
    }
}
