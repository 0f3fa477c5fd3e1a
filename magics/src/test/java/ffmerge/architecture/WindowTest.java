package ffmerge.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ffmerge.UserError;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WindowTest {
    @Test
    void bothEndsBelongToIt() {
        Window window = Window.parse(" 3-7 ");
        assertEquals(new Window(3, 7), window);
        assertEquals(5, window.length());
        assertEquals(List.of(3, 4, 5, 6, 7), window.layers());
        assertEquals("3-7", window.toString());
        assertEquals(List.of(0), Window.parse("0-0").layers());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "3", "3-", "-3", "3-7-9", "a-b", "3–7", "3 - 7", "3,7", "1000000-1000001", "٣-٧"})
    void aTextThatIsNoWindowIsShownWithOneThatIs(String text) {
        assertEquals(
                "a window is two layers joined by a hyphen, as in 3-7; '" + text + "' isn't",
                assertThrows(UserError.class, () -> Window.parse(text)).getMessage());
    }

    @Test
    void aWindowDoesNotRunBackwards() {
        assertEquals(
                "a window goes from a lower layer to a higher one, as 3-7 does; 7-3 doesn't",
                assertThrows(UserError.class, () -> Window.parse("7-3")).getMessage());
    }

    @ParameterizedTest
    @CsvSource({"12, 1, 12", "12, 5, 8", "12, 12, 1", "12, 13, 0"})
    void everyStartHasAWindowTheLastOneToo(int layers, int length, int count) {
        List<Window> all = Window.all(layers, length);
        assertEquals(count, all.size());
        for (int start = 0; start < count; start++) {
            assertEquals(new Window(start, start + length - 1), all.get(start));
        }
    }
}
