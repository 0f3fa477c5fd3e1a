package ffmerge.lab;

import static ffmerge.lab.Check.answered;
import static ffmerge.lab.Check.check;
import static ffmerge.lab.Check.otherwise;
import static ffmerge.lab.Check.slip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.UserError;
import org.junit.jupiter.api.Test;

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
}
