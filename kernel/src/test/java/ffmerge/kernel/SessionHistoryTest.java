package ffmerge.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ffmerge.kernel.SessionHistory.Entry;
import java.util.List;
import org.junit.jupiter.api.Test;

class SessionHistoryTest {
    private final SessionHistory history = new SessionHistory();

    SessionHistoryTest() {
        List<String> codes = List.of("int a = 1;", "a + 1", "%ffmerge info base", "a + 1", "b.Q\\E[x]");
        for (int i = 0; i < codes.size(); i++) {
            history.add(new Entry(i + 1, codes.get(i), ""));
        }
    }

    private static List<Integer> cells(List<Entry> entries) {
        return entries.stream().map(Entry::cell).toList();
    }

    @Test
    void theTailIsTheLastOnesInOrder() {
        assertEquals(List.of(4, 5), cells(history.tail(2)));
        assertEquals(List.of(1, 2, 3, 4, 5), cells(history.tail(99)));
    }

    @Test
    void aRangeEndsBeforeItsStop() {
        assertEquals(List.of(2, 3), cells(history.range(0, 2, 4)));
        assertEquals(List.of(4, 5), cells(history.range(SessionHistory.SESSION, 4, 0)));
        assertEquals(List.of(), cells(history.range(-1, 1, 9)));
    }

    @Test
    void aSearchMatchesTheWholeCell() {
        assertEquals(List.of(2, 4), cells(history.search("a ?*1", 0, false)));
        assertEquals(List.of(4), cells(history.search("a ?*1", 0, true)));
        assertEquals(List.of(4), cells(history.search("a*", 1, false)));
        assertEquals(List.of(5), cells(history.search("*Q\\E[x]", 0, false)), "only * and ? are special");
        assertEquals(List.of(), cells(history.search("a", 0, false)));
    }
}
