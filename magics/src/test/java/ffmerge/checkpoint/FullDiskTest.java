package ffmerge.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ffmerge.Progress;
import ffmerge.checkpoint.CheckpointWriter.Format;
import ffmerge.fixture.JavaProcess;
import ffmerge.fixture.MemoryCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The operating system itself refuses to write on: a process may write files of 64 KB and no more. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class FullDiskTest {
    private static final String SMALL_FILES_ONLY = "ulimit -f 64;";
    private static final int TOO_MANY = 1 << 18;

    @TempDir
    private Path folder;

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.skip(1)
                    .map(f -> folder.relativize(f).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void theOldFileStaysAndNoPartOfTheNewOne() throws Exception {
        Path file = folder.resolve("model.safetensors");
        CheckpointWriter.write(
                file, new MemoryCheckpoint().tensor("x", new long[] {1}, 1), DType.F32, Format.TIED, Progress.NONE);
        byte[] old = Files.readAllBytes(file);
        JavaProcess.Result result = JavaProcess.start(SMALL_FILES_ONLY, WritingProcess.class, "file", file, TOO_MANY, 2)
                .await();
        assertEquals("cannot write " + file + ": File too large; nothing was changed", result.output());
        assertEquals(1, result.exitCode());
        assertArrayEquals(old, Files.readAllBytes(file));
        assertEquals(List.of("model.safetensors"), names());
    }

    @Test
    void theOldFolderStaysAndNoPartOfTheNewOne() throws Exception {
        Path target = folder.resolve("saved");
        WritingProcess.writeFolder(target, new MemoryCheckpoint().tensor("x", new long[] {1}, 1), "1", false);
        JavaProcess.Result result = JavaProcess.start(
                        SMALL_FILES_ONLY, WritingProcess.class, "folder", target, TOO_MANY, 2, 1)
                .await();
        assertEquals("cannot write " + target + ": File too large; nothing was changed", result.output());
        assertEquals("1", Files.readString(target.resolve("config.json")));
        assertEquals(List.of("saved", "saved/config.json", "saved/model.safetensors"), names());
    }

    @Test
    void whatFitsIsWritten() throws Exception {
        Path file = folder.resolve("model.safetensors");
        JavaProcess.Result result = JavaProcess.start(SMALL_FILES_ONLY, WritingProcess.class, "file", file, 1000, 2)
                .await();
        assertEquals(new JavaProcess.Result(0, ""), result);
        assertEquals(List.of("model.safetensors"), names());
    }
}
