package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.UserError;
import ffmerge.result.CkaResult;
import ffmerge.result.CompareResult;
import ffmerge.result.EvalResult;
import ffmerge.result.SweepResult;
import org.junit.jupiter.api.Test;

class InferencePrecisionTest extends SessionTests {
    private Object run(String line) {
        return host.run(line, session);
    }

    @Test
    void perplexityAgreesToHalfAPercentAndItsPrecisionIsSaid() {
        run("load gpt2-novels --as base");
        EvalResult whole = (EvalResult) run("eval base --limit 12");
        EvalResult rounded = (EvalResult) run("eval base --limit 12 --precision bfloat16");
        assertNotEquals(whole.value(), rounded.value());
        assertEquals(whole.value(), rounded.value(), 0.005 * whole.value());
        assertEquals("bfloat16", rounded.precision());
        assertTrue(session.views().sentence(rounded).endsWith(" Products are in bfloat16."));
        assertNull(whole.precision());
        assertFalse(session.views().sentence(whole).contains("float"), "float32 goes without saying");
    }

    @Test
    void aSweepComparesWindowsAsInFloat32() {
        run("load gpt2-novels --as base");
        String line = "sweep base --length 9 --limit 12 --tokens 2048 --methods permute";
        SweepResult whole = (SweepResult) run(line);
        SweepResult rounded = (SweepResult) run(line + " --precision bfloat16");
        assertEquals(whole.rows().size(), rounded.rows().size());
        for (int i = 0; i < whole.rows().size(); i++) {
            double value = whole.rows().get(i).value();
            assertNotEquals(value, rounded.rows().get(i).value());
            assertEquals(value, rounded.rows().get(i).value(), 0.005 * value);
            assertEquals(
                    whole.rows().get(i).matchedCorrelation(),
                    rounded.rows().get(i).matchedCorrelation());
        }
        assertTrue(whole.best().interval().holds(rounded.best().value()));
        assertEquals("bfloat16", rounded.precision());
    }

    @Test
    void similaritiesAndComparisonsToo() {
        run("load vit-digits --as base");
        CkaResult whole = (CkaResult) run("cka base --tokens 2000");
        CkaResult rounded = (CkaResult) run("cka base --tokens 2000 --precision bfloat16");
        for (int i = 0; i < 12; i++) {
            for (int j = 0; j < 12; j++) {
                assertEquals(
                        whole.stacks().get("encoder")[i][j], rounded.stacks().get("encoder")[i][j], 0.01);
            }
        }
        CompareResult compared = (CompareResult) run("compare base --limit 50 --precision bfloat16");
        assertEquals("bfloat16", compared.precision());
        assertTrue(session.views().sentence(compared).contains("Products are in bfloat16."));
    }

    @Test
    void whatGeneratesIsRefused() {
        run("load opus-mt-tatoeba-zh-en --as mt");
        UserError refused = assertThrows(UserError.class, () -> run("eval mt --limit 2 --precision bfloat16"));
        assertEquals(
                "--precision bfloat16 is for perplexity, accuracy and tasks: texts of tatoeba are generated, which is done"
                        + " in float32",
                refused.getMessage());
        assertThrows(UserError.class, () -> run("eval mt --precision float16"));
        run("cka mt --stack encoder --tokens 500 --precision bfloat16"); // generates nothing
    }
}
