package ffmerge.lab;

import static ffmerge.lab.Check.answered;
import static ffmerge.lab.Check.check;
import static ffmerge.lab.Check.otherwise;
import static ffmerge.lab.Check.slip;
import static ffmerge.lab.Check.words;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.UserError;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckTest {
    private static String hint(Runnable check) {
        String message = assertThrows(UserError.class, check::run).getMessage();
        assertTrue(message.startsWith("not yet: the sum"), message);
        return message.substring(message.indexOf("Hint: ") + "Hint: ".length());
    }

    @Test
    void whatIsRightPasses() {
        check("the sum", true, "add");
        check("the sum", 1e9 + 1e-3, 1e9);
        check("the sum", 0.1 + 0.2, 0.3, slip(0.3, "never said"));
    }

    @Test
    void whatIsWrongFailsWithItsHint() {
        assertEquals("add", hint(() -> check("the sum", false, "add")));
        assertEquals(
                "that's the mean", hint(() -> check("the sum", 2, 6, slip(12, "twice"), slip(2, "that's the mean"))));
        assertEquals("add", hint(() -> check("the sum", 5, 6, slip(2, "that's the mean"), otherwise("add"))));
        assertTrue(hint(() -> check("the sum", 5, 6)).contains("definition"));
        assertTrue(hint(() -> check("the sum", Double.POSITIVE_INFINITY, 6)).contains("definition"));
    }

    @Test
    void aWrongNumberIsSaidAsItWasWritten() {
        UserError count = assertThrows(UserError.class, () -> check("the sum", 5, 6, otherwise("add")));
        assertEquals("not yet: the sum is not 5. Hint: add", count.getMessage());
        UserError share = assertThrows(UserError.class, () -> check("the sum", -0.25, 6, otherwise("add")));
        assertEquals("not yet: the sum is not -0.25. Hint: add", share.getMessage());
    }

    @Test
    void whatIsNotWrittenYetIsSaidToBe() {
        assertTrue(hint(() -> check("the sum", Double.NaN, 6, otherwise("add"))).startsWith("write your answer"));
        assertTrue(hint(() -> answered("the sum", false)).startsWith("write your answer"));
        answered("the sum", true);
    }

    @Test
    void arraysAreComparedButForRounding() {
        check("the sum", new double[] {0.1 + 0.2, 1}, new double[] {0.3, 1}, "add");
        check("the sum", new double[][] {{1}, {0.1 + 0.2}}, new double[][] {{1}, {0.3}}, "add");
        assertEquals("add", hint(() -> check("the sum", new double[] {0.3 + 1e-8}, new double[] {0.3}, "add")));
        assertEquals("add", hint(() -> check("the sum", new double[] {Double.NaN}, new double[] {0.3}, "add")));
        assertEquals("add", hint(() -> check("the sum", new double[] {0.3, 1}, new double[] {0.3}, "add")));
        assertEquals("add", hint(() -> check("the sum", new double[][] {{1}, {2}}, new double[][] {{1}, {3}}, "add")));
        assertEquals("add", hint(() -> check("the sum", new double[][] {{1}}, new double[][] {{1}, {2}}, "add")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"no", "No", "NO.", " no ", "n", "N."})
    void noIsSaidInSeveralWays(String no) {
        check("the sum", no, false, "add");
        assertEquals("add", hint(() -> check("the sum", no, true, "add")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "Yes.", "y", " Y"})
    void yesIsSaidInSeveralWays(String yes) {
        check("the sum", yes, true, "add");
        assertEquals("add", hint(() -> check("the sum", yes, false, "add")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "not", "maybe"})
    void whatIsNeitherYesNorNoIsSaidToBe(String neither) {
        assertEquals("answer yes or no", hint(() -> check("the sum", neither, false, "add")));
        assertEquals("answer yes or no", hint(() -> check("the sum", neither, true, "add")));
    }

    @Test
    void aWordMayBeWrittenAsASentenceIs() {
        check("the sum", " Validation .", "validation", "look");
        assertEquals("look", hint(() -> check("the sum", "test", "validation", "look")));
        assertEquals(Set.of("c", "e"), words(Set.of("C", " e.")));
    }
}
