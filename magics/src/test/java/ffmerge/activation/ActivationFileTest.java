package ffmerge.activation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ffmerge.Progress;
import ffmerge.fixture.Arrays2d;
import ffmerge.fixture.JavaProcess;
import ffmerge.model.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ActivationFileTest {
    private static final Sublayer FIRST = new Sublayer(Site.FEED_FORWARD_UNITS, "decoder", 0);
    private static final Sublayer SECOND = new Sublayer(Site.FEED_FORWARD_UNITS, "decoder", 1);
    /** More than the 64 KB that a process may write below. */
    private static final int TOO_MANY_BATCHES = 10;

    private static NDManager manager;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        manager = Arrays2d.newManager(); // and libtorch's files are where other processes find them
    }

    @AfterAll
    static void close() {
        manager.close();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void batchesComeBackAsTheyWere() throws IOException {
        try (ActivationFile file = new ActivationFile(folder, 1000)) {
            for (int batch = 0; batch < 3; batch++) {
                try (NDManager scope = manager.newSubManager()) {
                    NDArray a = scope.arange(batch, batch + 6f).reshape(2, 3);
                    NDArray b = scope.arange(-batch, 8f - batch).reshape(2, 4);
                    file.accept(batch == 2 ? Map.of(SECOND, b) : Map.of(FIRST, a, SECOND, b), scope);
                }
            }
            List<float[]> firsts = new ArrayList<>();
            List<float[]> seconds = new ArrayList<>();
            file.replay(
                    Set.of(FIRST, SECOND),
                    manager,
                    (values, scope) -> {
                        if (values.containsKey(FIRST)) {
                            assertEquals(new Shape(2, 3), values.get(FIRST).getShape());
                            firsts.add(values.get(FIRST).toFloatArray());
                        }
                        seconds.add(values.get(SECOND).toFloatArray());
                    },
                    Progress.NONE);
            assertEquals(2, firsts.size());
            assertEquals(3, seconds.size());
            assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, firsts.get(1));
            assertArrayEquals(new float[] {-2, -1, 0, 1, 2, 3, 4, 5}, seconds.get(2));
        }
        assertEquals(List.of(), files());
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aDiskThatFillsUpIsOneLineAndNoFileIsLeft() throws Exception {
        JavaProcess.Result result = JavaProcess.start("ulimit -f 64;", RecordingProcess.class, folder, TOO_MANY_BATCHES)
                .await();
        assertEquals(
                "cannot keep activations in " + folder + ": File too large; FFMERGE_STATE may name a folder on another"
                        + " disk; more --memory or fewer --tokens need less",
                result.output());
        assertEquals(1, result.exitCode());
        assertEquals(List.of(), files());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aKilledProcessLeavesNoFile() throws Exception {
        JavaProcess.Result result = JavaProcess.start("", RecordingProcess.class, folder, TOO_MANY_BATCHES)
                .await();
        assertEquals(new JavaProcess.Result(137, "recorded"), result);
        assertEquals(List.of(), files());
    }
}
