package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ffmerge.Samples;
import ffmerge.result.ExploreResult;
import ffmerge.result.SweepResult;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExploreCommandTest extends SessionTests {
    private SweepResult explored(String name) {
        return ((ExploreResult) host.run("explore " + name, session)).sweep();
    }

    private String refused(String name) {
        return host.refusal("explore " + name, session);
    }

    @Test
    void sweepIsTheLastOneAndANameWhatAsGave() {
        SweepResult first = Samples.sweep();
        SweepResult last = Samples.sweepOfLengths();
        session.swept(first, Optional.of("windows"));
        host.bind("windows", first);
        session.swept(last, Optional.empty());
        assertEquals(last, explored("sweep"));
        assertEquals(first, explored("windows"));
    }

    @Test
    void whatIsNoSweepIsRefusedWithWhatThereIs() {
        assertEquals(
                "nothing has been swept in this session yet: %ffmerge sweep base --length 6 --as windows",
                refused("sweep"));
        assertEquals(
                "no sweep is named 'wide'; nothing has been swept in this session yet: %ffmerge sweep base --length 6"
                        + " --as wide",
                refused("wide"));
        session.swept(Samples.sweep(), Optional.of("windows"));
        assertEquals("no sweep is named 'window'; did you mean 'windows'? There are sweep, windows", refused("window"));
        host.bind("cka", Samples.cka());
        assertEquals("the Java variable 'cka' holds no sweep; it is of type CkaResult", refused("cka"));
    }
}
