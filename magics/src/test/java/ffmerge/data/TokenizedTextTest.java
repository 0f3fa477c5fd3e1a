package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TokenizedTextTest {
    /** {@code len(text.split())} of Python: 6. */
    @Test
    void wordsArePartedByWhatPythonTakesForWhiteSpace() {
        String text = "un\u00a0mot\u3000今日\u2028x\u001fy\u0085z \n";
        TokenizedText tokens = new TokenizedText(text, new int[] {1, 2}, new int[] {3, text.length()});
        assertEquals(new TokenizedText.Extent(27, 6), tokens.extent(0, 2));
        assertEquals(new TokenizedText.Extent(23, 5), tokens.extent(1, 2));
    }
}
