package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.fixture.Cases;
import ffmerge.result.EvalResult;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Merging where layers share a sublayer already: {@code kernel/src/test/resources/cases/J-merging}. */
class MergingCasesTest extends SessionTests {
    private static final String DATA =
            " --tokens 500 --data " + Cases.file("J-merging/data/text.txt").toAbsolutePath();

    @BeforeEach
    void mergeOnce() {
        host.run("load " + Cases.model("llama", "", folder.resolve("model")) + " --as m", session);
        merge("m", "--window 0-1", "once");
    }

    private ShrinkResult merge(String name, String layers, String result) {
        return (ShrinkResult) host.run("merge " + name + " " + layers + DATA + " --as " + result, session);
    }

    private double value(String name) {
        return ((EvalResult) host.run("eval " + name + DATA.replace(" --tokens 500", ""), session)).value();
    }

    @Test
    void aWindowThatOverlapsAGroupIsRefusedWithTheGroup() {
        String message = host.refusal("merge once --window 1-2" + DATA + " --as twice", session);
        assertTrue(message.contains("0") && message.contains("share"), message);
        assertTrue(message.endsWith("merge all of them with --window 0-2"), message);
        assertTrue(session.models().get("twice") == null, "nothing half-made");
    }

    @Test
    void theWholeGroupWithAnotherLayerIsTiedAndTheResultSaysSo() {
        ShrinkResult all = merge("once", "--window 0-2", "all");
        assertEquals(List.of(0, 1, 2), all.groups().get(0).layers());
        assertEquals(List.of(new Step.Group("decoder", List.of(0, 1, 2))), all.sharing());
        assertTrue(Double.isFinite(value("all")));
    }

    /** What the group shares is one with itself: merged again it stays what it was. */
    @Test
    void theSameGroupAgainChangesNothing() {
        ShrinkResult again = merge("once", "--window 0-1", "again");
        assertEquals(again.parametersBefore(), again.parametersAfter());
        assertEquals(value("once"), value("again"), 1e-6 * value("once"));
    }
}
