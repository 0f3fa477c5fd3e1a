package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.result.CompareResult;
import ffmerge.result.EvalResult;
import ffmerge.view.Views;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What was typed wrong in a way that was once met with words that didn't help. */
class WrongUseTest extends WordModelTests {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "merge base window 0-1 --as x | merge takes NAME; 'window' is one too many; did you mean --window?",
                "merge base -window 0-1 --as x | merge takes NAME; '-window' is one too many; did you mean --window?",
                "drop base more --as x | drop takes NAME; 'more' is one too many",
                "merge held --window 0-1 --as x | the Java variable 'held' holds no model; it is of type Object",
                "drop held --window 0-1 --as x | the Java variable 'held' holds no model; it is of type Object",
                "merge base --layers held --as x | the Java variable 'held' holds no window, layers or sweep; it is of type"
                        + " Object",
                "tune base --adapters shared --targets q_proj,all --as x | all stands for every linear map: name it alone,"
                        + " or the others without it",
            })
    void isToldInOneLine(String line, String message) {
        host.variables.put("held", new Object());
        assertEquals(message, refusal(line));
    }

    @Test
    void aFolderIsNoRecipe() {
        assertEquals("cannot read " + folder + ": it is a folder; a file is needed", refusal("run " + folder));
    }

    /** That all of nothing is used was said before that there is nothing. */
    @Test
    void ofEmptyDataNothingIsUsed() throws Exception {
        refusal("cka base --data " + Files.writeString(folder.resolve("empty.txt"), ""));
        assertEquals(
                0, host.notices.stream().filter(n -> n.contains("all of them")).count());
    }

    @Test
    void oneIsNoPlural() {
        String sentence = Views.BUILT_IN.sentence((EvalResult) onText("eval base --limit 1"));
        assertTrue(sentence.contains("(1 window, "), sentence);
        CompareResult compared = (CompareResult) onText("compare base --limit 1");
        assertTrue(Views.BUILT_IN.sentence(compared).contains("(1 window)"), "and elsewhere");
    }
}
