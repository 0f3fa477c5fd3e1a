package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ffmerge.UserError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PaperWidthTest {
    @ParameterizedTest
    @CsvSource({"3.3in,237.6", "84mm,238.11", "8.4cm,238.11", "241.14749pt,240.25", "240bp,240", "' 6 in ',432"})
    void lengthsAreInPoints(String text, double points) {
        assertEquals(points, PaperWidth.of(text).points(), 0.01);
    }

    @ParameterizedTest
    @ValueSource(strings = {"84", "84px", "mm", "", "-3in", "3,3in", "NaNin", "1e2mm"})
    void whatIsNoLength(String text) {
        assertEquals(
                "--width is a length with its unit, in, mm, cm or pt, as 3.3in or 84mm; '" + text + "' isn't",
                assertThrows(UserError.class, () -> PaperWidth.of(text)).getMessage());
    }

    @Test
    void whatIsNoColumnOfAPaper() {
        assertEquals(
                "--width is from 1.5in to 40in; '5mm' isn't",
                assertThrows(UserError.class, () -> PaperWidth.of("5mm")).getMessage());
    }
}
