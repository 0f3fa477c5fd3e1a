package ffmerge.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.dflib.jjava.jupyter.messages.publish.PublishDisplayData;
import org.dflib.jjava.jupyter.messages.publish.PublishError;
import org.dflib.jjava.jupyter.messages.publish.PublishExecuteResult;
import org.dflib.jjava.jupyter.messages.publish.PublishStatus;
import org.dflib.jjava.jupyter.messages.publish.PublishStream;
import org.dflib.jjava.jupyter.messages.reply.ErrorReply;
import org.dflib.jjava.jupyter.messages.reply.ExecuteReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The kernel in this process, without sockets. */
class FfmergeKernelTest {
    private static final MIMEType RESULT = MIMEType.parse("application/vnd.ffmerge+json");
    private static FfmergeKernel kernel;

    @BeforeAll
    static void start() {
        kernel = Main.newStartedKernel();
        RecordedCell load = RecordedCell.run(kernel, "%ffmerge load gpt2-novels --as base");
        assertInstanceOf(ExecuteReply.class, load.reply(), () -> errorOf(load));
    }

    @AfterAll
    static void end() {
        kernel.onShutdown(false);
    }

    private static String errorOf(RecordedCell cell) {
        return String.join("\n", cell.published(PublishError.class).get(0).getStacktrace())
                .replaceAll("\u001b\\[[0-9;]*m", "");
    }

    private static String valueOf(String code) {
        RecordedCell cell = RecordedCell.run(kernel, code);
        assertInstanceOf(ExecuteReply.class, cell.reply(), () -> errorOf(cell));
        return cell.published(PublishExecuteResult.class)
                .get(0)
                .getData(MIMEType.TEXT_PLAIN)
                .toString();
    }

    @Test
    void aCellIsBusyThenAnswersThenIsIdle() {
        RecordedCell cell = RecordedCell.run(kernel, "System.out.print(\"said\"); 6 * 7");
        assertEquals(
                List.of(PublishStatus.State.BUSY, PublishStatus.State.IDLE),
                cell.published(PublishStatus.class).stream()
                        .map(PublishStatus::getState)
                        .toList());
        assertEquals("said", cell.published(PublishStream.class).get(0).getText());
        assertEquals("42", cell.published(PublishExecuteResult.class).get(0).getData(MIMEType.TEXT_PLAIN));
    }

    @Test
    void aCommandShowsItsResultAndLeavesNoValue() {
        RecordedCell cell = RecordedCell.run(kernel, "%ffmerge info base");
        DisplayData shown = cell.published(PublishDisplayData.class).get(0);
        assertTrue(shown.hasDataForType(RESULT));
        assertTrue(cell.published(PublishExecuteResult.class).isEmpty());
    }

    @Test
    void aBareCellMagicIsRunAndCompletedAsOne() {
        RecordedCell cell = RecordedCell.run(kernel, "\n%%ffmerge info base");
        assertTrue(cell.published(PublishDisplayData.class).get(0).hasDataForType(RESULT));
        assertEquals("", kernel.isComplete("%%ffmerge info base"), "a body may follow");
        assertEquals("complete", kernel.isComplete("%%ffmerge merge base\nwindow: 3-8\n"));
    }

    /** A file that isn't there, named in Java, is the same mistake as one that a magic is given. */
    @Test
    void aMistakeInACellOfJavaIsOneLineToo() {
        RecordedCell cell = RecordedCell.run(
                kernel,
                "ffmerge.similarity.SimilarityMatrix.readNpy(java.nio.file.Path.of(\"missing.npy\"),"
                        + " ffmerge.model.Site.FEED_FORWARD, \"decoder\", 1)");
        assertEquals("cannot read missing.npy: there is no such file", errorOf(cell));
        assertEquals("UserError", ((ErrorReply) cell.reply()).getErrorName());
    }

    @Test
    void aModelIsShownUnderItsName() {
        assertTrue(valueOf("ffmerge.model.TransformerModel mine = base; mine").startsWith("base: gpt2, 12 decoder"));
    }

    @Test
    void anErrorOfOursKeepsItsStack() {
        kernel.getMagicsRegistry().registerLineMagic("ffmerge-broken", (k, words) -> {
            throw new IllegalStateException("a fault", new ArithmeticException("its cause"));
        });
        RecordedCell cell = RecordedCell.run(kernel, "%ffmerge-broken");
        String error = errorOf(cell);
        assertTrue(error.startsWith("java.lang.IllegalStateException: a fault\n    at ffmerge.kernel."), error);
        assertTrue(error.contains("caused by java.lang.ArithmeticException: its cause"), error);
        assertFalse(error.contains("jjava"), error);
        assertEquals("IllegalStateException", ((ErrorReply) cell.reply()).getErrorName());
    }

    @Test
    void anExceptionThatTheCellCatchesIsNotShownForALaterOne() {
        kernel.getMagicsRegistry().registerLineMagic("ffmerge-fails", (k, words) -> {
            throw new IllegalStateException("caught");
        });
        RecordedCell cell = RecordedCell.run(
                kernel,
                "try {\n  lineMagic(\"ffmerge-fails\", List.of());\n} catch (RuntimeException e) {}\nObject nothing = null;\nnothing.hashCode()");
        assertEquals("NullPointerException", ((ErrorReply) cell.reply()).getErrorName());
        assertTrue(errorOf(cell).contains("line 5: nothing.hashCode()"), errorOf(cell));
    }

    @Test
    void anInterruptThatComesBeforeTheMagicStopsItAndIsThenForgotten() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        kernel.getMagicsRegistry().registerLineMagic("begun", (k, words) -> {
            begun.countDown();
            Thread.sleep(50); // time enough to be asked to stop
            return null;
        });
        Thread user = new Thread(() -> {
            try {
                begun.await(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                return;
            }
            kernel.interrupt();
        });
        user.start();
        RecordedCell cell = RecordedCell.run(kernel, "%begun\n%ffmerge eval base");
        user.join();
        assertTrue(errorOf(cell).startsWith("interrupted"), errorOf(cell));
        assertEquals("false", valueOf("Thread.currentThread().isInterrupted()"));
        assertNull(RecordedCell.run(kernel, "%ffmerge info base").published(PublishError.class).stream()
                .findFirst()
                .orElse(null));
    }
}
