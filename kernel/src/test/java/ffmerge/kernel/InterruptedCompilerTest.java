package ffmerge.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ffmerge.StopRequest;
import java.util.ArrayList;
import java.util.List;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.dflib.jjava.jupyter.messages.publish.PublishExecuteResult;
import org.junit.jupiter.api.Test;

/** Has a kernel of its own, as it puts a magic of its own in the place of ours. */
class InterruptedCompilerTest {
    /** An interrupt while the compiler reads a jar would close the jar for it, for good. */
    @Test
    void anInterruptWhileAMagicBindsAVariableSparesTheCompiler() {
        FfmergeKernel kernel = Main.newStartedKernel();
        List<Object> seen = new ArrayList<>();
        kernel.getMagicsRegistry().registerLineMagic("ffmerge", (k, words) -> {
            kernel.interrupt();
            seen.add(k.evalBuilder("new org.knowm.xchart.XYChartBuilder() != null")
                    .eval());
            seen.add(StopRequest.isPending());
            return null;
        });
        try {
            RecordedCell.run(kernel, "%ffmerge bind");
            assertEquals(List.of(true, true), seen);
            RecordedCell next = RecordedCell.run(kernel, "new org.knowm.xchart.PieChartBuilder() != null");
            assertEquals(
                    "true", next.published(PublishExecuteResult.class).get(0).getData(MIMEType.TEXT_PLAIN));
        } finally {
            kernel.onShutdown(false);
        }
    }
}
