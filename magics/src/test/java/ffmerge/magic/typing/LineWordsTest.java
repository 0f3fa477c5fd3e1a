package ffmerge.magic.typing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ffmerge.magic.typing.Interpolation.Part;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineWordsTest {
    @Test
    void quotesGroupAndBackslashesEscape() {
        assertEquals(List.of("a b", "--out=c d", "", "e\"f"), LineWords.of("\"a b\" --out=\"c d\" \"\" e\\\"f"));
        assertEquals(List.of("TL;DR of {dialogue}:\\n"), LineWords.of("\"TL;DR of {dialogue}:\\n\""));
        assertEquals(List.of("never closed"), LineWords.of("\"never closed"));
    }

    @Test
    void aCommentBeginsBehindWhiteSpace() {
        assertEquals(List.of("eval", "base"), LineWords.of("eval base // what it is"));
        assertEquals(List.of("eval"), LineWords.of("eval\t#what it is"));
        assertEquals(List.of("http://x/y", "a//b", "c#d", "# e"), LineWords.of("http://x/y a//b c#d \"# e\""));
        assertEquals(List.of(), LineWords.of("// all"));
    }

    @Test
    void expressionsAreWordsWhateverTheyHold() {
        assertEquals(List.of("--limit", "{n * 2}"), LineWords.of("--limit {n * 2}"));
        assertEquals(List.of("out/{f(\"a }\", '}')}.json"), LineWords.of("out/{f(\"a }\", '}')}.json // x"));
        assertEquals(List.of("{open", "x"), LineWords.of("{open x"));
    }

    @Test
    void aWordHasParts() {
        assertEquals(
                List.of(new Part("out/", false), new Part("i + 1", true), new Part("-", false), new Part("n", true)),
                Interpolation.parts("out/{ i + 1 }-{n}"));
        assertEquals(List.of(new Part("{n} {}", false)), Interpolation.parts("\\{n} {}"));
    }
}
