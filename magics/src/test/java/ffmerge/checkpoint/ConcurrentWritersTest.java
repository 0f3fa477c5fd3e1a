package ffmerge.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.UserError;
import ffmerge.fixture.JavaProcess;
import ffmerge.fixture.MemoryCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several save to one place at the same time: what stands there in the end is one writer's, and whole. */
class ConcurrentWritersTest {
    private static final int WRITERS = 4;
    private static final int ELEMENTS = 1000;

    @TempDir
    private Path folder;

    /** Runs a task per writer, all at once; gives the messages of those that were refused. */
    private static List<String> atOnce(IntConsumer task) throws Exception {
        CyclicBarrier start = new CyclicBarrier(WRITERS);
        ExecutorService pool = Executors.newFixedThreadPool(WRITERS);
        try {
            List<Callable<String>> tasks = IntStream.range(0, WRITERS)
                    .<Callable<String>>mapToObj(writer -> () -> {
                        start.await();
                        try {
                            task.accept(writer);
                            return "";
                        } catch (UserError e) {
                            return e.getMessage();
                        }
                    })
                    .toList();
            List<String> messages = new ArrayList<>();
            for (Future<String> done : pool.invokeAll(tasks)) {
                messages.add(done.get());
            }
            messages.removeIf(String::isEmpty);
            return messages;
        } finally {
            pool.shutdown();
        }
    }

    private static MemoryCheckpoint filledWith(int value) {
        float[] values = new float[ELEMENTS];
        Arrays.fill(values, value);
        return new MemoryCheckpoint().tensor("x", new long[] {ELEMENTS}, values);
    }

    /** Checks that all of the folder is of one writer and that nothing else is left. */
    private void assertWhole(Path target) throws IOException {
        float writer = Float.parseFloat(Files.readString(target.resolve("config.json")));
        try (Checkpoint read = Checkpoint.open(target)) {
            for (float value : read.read("x")) {
                assertEquals(writer, value);
            }
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(target), files.toList());
        }
    }

    @RepeatedTest(20)
    void withoutReplaceExactlyOneWins() throws Exception {
        Path target = folder.resolve("saved");
        List<String> refused =
                atOnce(writer -> WritingProcess.writeFolder(target, filledWith(writer), "" + writer, false));
        assertEquals(
                Collections.nCopies(WRITERS - 1, target + " is already there; name another folder, or add --replace"),
                refused);
        assertWhole(target);
    }

    @RepeatedTest(5)
    void withReplaceAllSucceedInTurn() throws Exception {
        Path target = folder.resolve("saved");
        List<String> refused = atOnce(writer -> {
            for (int i = 0; i < 10; i++) {
                WritingProcess.writeFolder(target, filledWith(writer), "" + writer, true);
            }
        });
        assertEquals(List.of(), refused);
        assertWhole(target);
    }

    @Test
    void processesTakeTurnsAsThreadsDo() throws Exception {
        Path target = folder.resolve("saved");
        JavaProcess one = JavaProcess.start("", WritingProcess.class, "folder", target, ELEMENTS, 1, 100);
        JavaProcess two = JavaProcess.start("", WritingProcess.class, "folder", target, ELEMENTS, 2, 100);
        assertEquals(new JavaProcess.Result(0, ""), one.await());
        assertEquals(new JavaProcess.Result(0, ""), two.await());
        assertWhole(target);
    }

    @Test
    void aReaderOfTheFileFindsTheOldOneOrTheNewOne() throws Exception {
        Path file = folder.resolve("model.safetensors");
        WritingProcess.main(new String[] {"file", file.toString(), "" + ELEMENTS, "0"});
        List<String> refused = atOnce(writer -> {
            for (int i = 0; i < 50; i++) {
                if (writer == 0) {
                    WritingProcess.main(new String[] {"file", file.toString(), "" + ELEMENTS, "" + i});
                } else {
                    try (SafetensorsFile read = SafetensorsFile.open(file)) {
                        float[] values = read.read("x");
                        assertEquals(ELEMENTS, values.length);
                        assertTrue(Arrays.equals(
                                values, filledWith((int) values[0]).read("x")));
                    }
                }
            }
        });
        assertEquals(List.of(), refused);
    }
}
