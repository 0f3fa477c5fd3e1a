package ffmerge.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Beside;
import ffmerge.fixture.JavaProcess;
import ffmerge.fixture.MemoryCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Processes that replace a folder again and again and are killed at a random moment: what has the name is a whole folder,
 * and the next save leaves nothing beside it. {@code -Dkills=200} kills more often and prints what was found.
 */
class KilledReplaceTest {
    private static final int KILLS = Integer.getInteger("kills", 4);
    private static final int LONGEST_DELAY = 120;
    private static final MemoryCheckpoint LAST = new MemoryCheckpoint().tensor("x", new long[] {1}, -1);

    @TempDir
    private Path folder;

    private Path target() {
        return folder.resolve("saved");
    }

    /** What is in the folder is all of one write. */
    private static void assertWhole(Path target) throws IOException {
        float value = Float.parseFloat(Files.readString(target.resolve("config.json")));
        try (Checkpoint read = Checkpoint.open(target)) {
            for (float x : read.read("x")) {
                assertEquals(value, x);
            }
        }
    }

    private long left() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().startsWith(".")).count();
        }
    }

    @ParameterizedTest
    @CsvSource({"1000, true", "1000, false", "4000000, true", "4000000, false"})
    void theNameIsNeverEmpty(int elements, boolean exchange) throws Exception {
        SplittableRandom random = new SplittableRandom(elements);
        int leftSomething = 0;
        int nameless = 0;
        WritingProcess.writeFolder(target(), LAST, "-1", true);
        for (int kill = 0; kill < KILLS; kill++) {
            String how = exchange ? "replace" : "replace-without-exchange";
            JavaProcess process = JavaProcess.start("", WritingProcess.class, how, target(), elements, kill);
            assertEquals(WritingProcess.WORKING, process.read(WritingProcess.WORKING.length()));
            TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_DELAY));
            process.kill();

            leftSomething += left() > 0 ? 1 : 0;
            nameless += Files.exists(target()) ? 0 : 1;
            assertFalse(exchange && !Files.exists(target()), "nothing has the name");
            ModelFolder.open(target());
            assertEquals(0, left(), "a load sweeps");
            assertWhole(target());
        }
        if (KILLS > 4) {
            System.out.printf(
                    "%d elements, %s: %d kills, %d left something hidden, %d left the name empty until the next load;"
                            + " 0 folders lost, 0 in parts, 0 leftovers after the load%n",
                    elements, exchange ? "exchanged" : "moved aside", KILLS, leftSomething, nameless);
        }
    }

    @Test
    void theNextSaveSweepsToo() throws Exception {
        JavaProcess process = JavaProcess.start("", WritingProcess.class, "stop-inside", target(), 10, 1);
        assertEquals(WritingProcess.WORKING, process.read(WritingProcess.WORKING.length()));
        assertTrue(left() > 0);
        WritingProcess.writeFolder(target(), LAST, "-1", true);
        assertTrue(left() > 0, "the other process is at work");
        process.kill();
        WritingProcess.writeFolder(target(), LAST, "-1", true);
        assertEquals(0, left());
        assertWhole(target());
    }

    @Test
    void whatAnEarlierVersionLeftBehind() throws IOException {
        String stem = ".saved.0d9e1f3c-1b2a-4c5d-8e9f-001122334455";
        WritingProcess.writeFolder(folder.resolve(stem), LAST, "-1", false);
        WritingProcess.writeFolder(folder.resolve(stem + ".old"), LAST, "-1", false);
        Path others = Files.createDirectory(folder.resolve(".notes.0d9e1f3c-1b2a-4c5d-8e9f-001122334456"));
        Files.writeString(others.resolve("notes.txt"), "of somebody else");
        Beside.sweep(folder);
        assertWhole(target());
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(others, target()), files.sorted().toList());
        }
    }
}
