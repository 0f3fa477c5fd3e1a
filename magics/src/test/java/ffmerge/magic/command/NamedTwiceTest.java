package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ffmerge.architecture.Window;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whoever names something twice in a list meant something else. */
class NamedTwiceTest extends WordModelTests {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "drop base --layers 2,2 --as x | --layers 2,2 names 2 twice",
                "merge base --layers 1,0,1 --align none --as x | --layers 1,0,1 names 1 twice",
                "align base --layers 1,1 | --layers 1,1 names 1 twice",
                "drop base --layers 1 --layers 1 --as x | layer 1 is in two groups, 1 and 1; name it once",
                "drop base --window 0-1 --layers 1,2 --as x | layer 1 is in two groups, 0-1 and 1-2; name it once",
                "merge base --window 0-1 --window 1-2 --align none --as x | layer 1 is in two groups, 0-1 and 1-2; name it once",
                "sweep base --length 2 --methods none,drop,none | --methods names none twice",
                "sweep base --length 2 --methods , | --methods is a list joined by commas; ',' names nothing",
                "tune base --adapters shared --targets q_proj,q_proj --as x | --targets names q_proj twice",
                "eval base --columns text,text | --columns text,text names text twice",
                "compare base base | compare names base twice",
                "mistakes base base | mistakes names base twice",
                "unload base base | unload names base twice",
            })
    void isRefusedInOneLine(String line, String message) {
        assertEquals(message, refusal(line));
    }

    @Test
    void aJavaVariableIsNamedAsItIsWritten() {
        host.variables.put("mine", new int[] {2, 0, 2});
        assertEquals(
                "--layers mine names 2 twice; the Java variable 'mine' is of type int[]",
                refusal("drop base --layers mine --as x"));
        host.variables.put("window", new Window(0, 1));
        assertEquals(
                "layer 0 is in two groups, 0-1 and 0; name it once",
                refusal("drop base --window window --layers 0 --as x"));
    }

    /** Two copies on one device are a way to try what several devices do. */
    @Test
    void oneDeviceMayStandTwice() {
        List<String> words = List.of("base", "--devices", "cpu,cpu");
        Arguments arguments = Arguments.parse(Commands.BUILT_IN.named("tune").spec(), words, Map.of(), host::variable);
        assertEquals(
                List.of("cpu", "cpu"), arguments.given(ExecutionOptions.DEVICES).orElseThrow());
    }
}
