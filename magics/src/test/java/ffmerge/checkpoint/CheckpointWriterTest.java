package ffmerge.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.checkpoint.CheckpointWriter.Format;
import ffmerge.fixture.MemoryCheckpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointWriterTest {
    private static final MemoryCheckpoint SMALL = new MemoryCheckpoint()
            .tensor("embedding", new long[] {2, 2}, 1, 2, 3, 4)
            .tensor("up", new long[] {3}, 5, 6, 7)
            .tie("head", "embedding")
            .tie("up.1", "up")
            .tie("up.2", "up");

    private static final Map<String, byte[]> CONFIG = Map.of("config.json", new byte[] {'{', '}'});

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void nameFile() {
        file = folder.resolve("model.safetensors");
    }

    private void write(Checkpoint checkpoint, DType dtype) {
        CheckpointWriter.write(file, checkpoint, dtype, Format.TIED, Progress.NONE);
    }

    private void writeFolder(Path target, Checkpoint checkpoint, boolean replace) {
        CheckpointWriter.writeFolder(target, checkpoint, DType.F32, Format.TIED, CONFIG, replace, Progress.NONE);
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    private static JsonNode header(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        return new ObjectMapper().readTree(bytes, Long.BYTES, length);
    }

    @Test
    void theFileIsWhatTheFormatAsksFor() throws IOException {
        write(SMALL, DType.F16);
        assertEquals(new ObjectMapper().readTree("""
                        {"__metadata__": {"format": "pt", "head": "embedding", "up.1": "up", "up.2": "up"},
                         "embedding": {"dtype": "F16", "shape": [2, 2], "data_offsets": [0, 8]},
                         "up": {"dtype": "F16", "shape": [3], "data_offsets": [8, 14]}}"""), header(file));
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int dataStart = (int) (Long.BYTES + bytes.getLong());
        assertEquals(0, dataStart % 8, "tensors are aligned");
        assertEquals(dataStart + 14, bytes.capacity());
        assertEquals(0x3c00, bytes.getShort(dataStart));
        assertEquals(0x4700, bytes.getShort(dataStart + 12));
    }

    @Test
    void tiedMeansThatEachSharedTensorIsStoredOnce() {
        write(SMALL, DType.F32);
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            assertEquals(List.of("embedding", "up"), List.copyOf(read.tensors().keySet()));
            assertEquals(SMALL.ties(), read.ties());
            assertArrayEquals(new float[] {1, 2, 3, 4}, read.read("head"));
            assertArrayEquals(new float[] {5, 6, 7}, read.read("up.2"));
        }
    }

    @Test
    void expandedMeansThatEveryNameIsStored() throws IOException {
        CheckpointWriter.write(file, SMALL, DType.F32, Format.EXPANDED, Progress.NONE);
        assertEquals("{\"format\":\"pt\"}", header(file).get("__metadata__").toString());
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            assertEquals(
                    List.of("embedding", "up", "head", "up.1", "up.2"),
                    List.copyOf(read.tensors().keySet()));
            assertTrue(read.ties().isEmpty());
            assertArrayEquals(new float[] {1, 2, 3, 4}, read.read("head"));
            assertArrayEquals(new float[] {5, 6, 7}, read.read("up.2"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void manyValuesSurviveInEveryTypeThatHoldsThem(DType dtype) {
        // more than a block, and not a whole number of blocks; eight binary digits fit every type
        float[] values = new float[150_001];
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(-255, 256) * 0x1p-7f;
        }
        write(new MemoryCheckpoint().tensor("x", new long[] {values.length}, values), dtype);
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            assertEquals(dtype, read.tensors().get("x").dtype());
            assertArrayEquals(values, read.read("x"));
        }
    }

    @Test
    void scalarsAndEmptyTensorsAreKept() {
        write(new MemoryCheckpoint().tensor("scalar", new long[0], 3).tensor("empty", new long[] {0, 4}), DType.BF16);
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            assertArrayEquals(new float[] {3}, read.read("scalar"));
            assertArrayEquals(new float[0], read.read("empty"));
        }
    }

    @Test
    void progressCountsTheBytesOfTheFilesData() {
        List<Long> seen = new ArrayList<>();
        long[] total = {0};
        CheckpointWriter.write(file, SMALL, DType.F32, Format.EXPANDED, (label, all, unit) -> {
            total[0] = all;
            return seen::add;
        });
        assertEquals(4 * (4 + 3 + 4 + 3 + 3), total[0]);
        assertEquals(List.of(16L, 28L, 44L, 56L, 68L), seen);
    }

    /** A way for writing to fail when the first tensor is already in the file. */
    private record Failure(Class<? extends Exception> expected, String message, Checkpoint checkpoint, DType dtype) {
        @Override
        public String toString() {
            return message;
        }
    }

    private static Checkpoint failing(Runnable atSecondTensor) {
        return new MemoryCheckpoint()
                .tensor("a", new long[] {1}, 1)
                .tensor("b", new long[] {1}, 2)
                .whenRead("b", atSecondTensor);
    }

    static List<Failure> failures() {
        MemoryCheckpoint infinite = new MemoryCheckpoint()
                .tensor("a", new long[] {1}, 1)
                .tensor("b", new long[] {2}, 0, Float.NEGATIVE_INFINITY);
        MemoryCheckpoint large =
                new MemoryCheckpoint().tensor("a", new long[] {1}, 1).tensor("b", new long[] {2}, 65504, 65536);
        MemoryCheckpoint largest =
                new MemoryCheckpoint().tensor("a", new long[] {1}, 1).tensor("b", new long[] {1}, -Float.MAX_VALUE);
        return List.of(
                new Failure(
                        UserError.class,
                        "tensor 'b' holds 65536.0, which float16 cannot hold; save with --dtype float32",
                        large,
                        DType.F16),
                new Failure(
                        UserError.class,
                        "tensor 'b' holds -3.4028235E38, which bfloat16 cannot hold; save with --dtype float32",
                        largest,
                        DType.BF16),
                new Failure(
                        UserError.class, "tensor 'b' holds -Infinity, which float32 cannot hold", infinite, DType.F32),
                new Failure(
                        UserError.class,
                        "the file ended",
                        failing(() -> {
                            throw new UserError("the file ended");
                        }),
                        DType.F32),
                new Failure(
                        IllegalStateException.class,
                        "a bug",
                        failing(() -> {
                            throw new IllegalStateException("a bug");
                        }),
                        DType.F32),
                new Failure(
                        CancellationException.class,
                        "interrupted",
                        failing(() -> Thread.currentThread().interrupt()),
                        DType.F32));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void aFailureLeavesTheOldFileAndNothingElse(Failure failure) throws IOException {
        write(SMALL, DType.F32);
        byte[] old = Files.readAllBytes(file);
        Exception e = assertThrows(failure.expected(), () -> write(failure.checkpoint(), failure.dtype()));
        assertEquals(failure.message(), e.getMessage());
        assertFalse(Thread.interrupted());
        assertArrayEquals(old, Files.readAllBytes(file));
        assertEquals(List.of("model.safetensors"), names(folder));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void aFailureLeavesTheOldFolderAndNothingElse(Failure failure) throws IOException {
        Path target = folder.resolve("saved");
        writeFolder(target, SMALL, false);
        byte[] old = Files.readAllBytes(target.resolve("model.safetensors"));
        assertThrows(
                failure.expected(),
                () -> CheckpointWriter.writeFolder(
                        target, failure.checkpoint(), failure.dtype(), Format.TIED, CONFIG, true, Progress.NONE));
        assertArrayEquals(old, Files.readAllBytes(target.resolve("model.safetensors")));
        assertEquals(List.of("config.json", "model.safetensors"), names(target));
        assertEquals(List.of("saved"), names(folder));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void aFailureLeavesNoFolderWhereThereWasNone(Failure failure) throws IOException {
        assertThrows(
                failure.expected(),
                () -> CheckpointWriter.writeFolder(
                        folder.resolve("a/b/c"),
                        failure.checkpoint(),
                        failure.dtype(),
                        Format.TIED,
                        CONFIG,
                        false,
                        Progress.NONE));
        assertEquals(List.of(), names(folder));
    }

    @Test
    void aFolderIsMadeWithThoseAboveIt() throws IOException {
        Path target = folder.resolve("a/b/c");
        writeFolder(target, SMALL, false);
        assertEquals(List.of("config.json", "model.safetensors"), names(target));
        assertEquals(List.of("a"), names(folder));
        assertEquals(List.of("c"), names(folder.resolve("a/b")));
    }

    @Test
    void aFolderThatIsThereIsReplacedOnlyWhenAsked() throws IOException {
        Path target = folder.resolve("saved");
        writeFolder(target, SMALL, false);
        Files.writeString(target.resolve("vocab.txt"), "old");
        MemoryCheckpoint other = new MemoryCheckpoint().tensor("x", new long[] {1}, 1);
        UserError error = assertThrows(UserError.class, () -> writeFolder(target, other, false));
        assertEquals(target + " is already there; name another folder, or add --replace", error.getMessage());
        assertTrue(Files.exists(target.resolve("vocab.txt")));

        writeFolder(target, other, true);
        assertEquals(List.of("config.json", "model.safetensors"), names(target));
        try (Checkpoint read = Checkpoint.open(target)) {
            assertArrayEquals(new float[] {1}, read.read("x"));
        }
        assertEquals(List.of("saved"), names(folder));
    }

    @Test
    void aFolderOfOtherThingsIsNeverReplaced() throws IOException {
        Path target = Files.createDirectory(folder.resolve("thesis"));
        Files.writeString(target.resolve("chapter1.tex"), "years of work");
        UserError error = assertThrows(UserError.class, () -> writeFolder(target, SMALL, true));
        assertEquals(
                target + " holds other files and no model, so it is not replaced; name another folder",
                error.getMessage());
        assertEquals(List.of("chapter1.tex"), names(target));
        assertEquals(List.of("thesis"), names(folder));
    }

    @Test
    void anEmptyFolderIsReplacedWhenAsked() throws IOException {
        Path target = Files.createDirectory(folder.resolve("empty"));
        writeFolder(target, SMALL, true);
        assertEquals(List.of("config.json", "model.safetensors"), names(target));
    }

    @Test
    void theWorkingFolderAndThoseAboveItAreNeverReplaced() {
        for (Path target = Path.of("").toAbsolutePath(); target != null; target = target.getParent()) {
            Path here = target;
            UserError error = assertThrows(UserError.class, () -> writeFolder(here, SMALL, true));
            assertEquals(here + " holds the working folder; name another folder", error.getMessage());
        }
    }

    @Test
    void aFileInTheFoldersPlaceIsNotReplaced() throws IOException {
        Path target = Files.writeString(folder.resolve("saved"), "text");
        UserError error = assertThrows(UserError.class, () -> writeFolder(target, SMALL, true));
        assertEquals(target + " is a file; name a folder", error.getMessage());
        assertEquals("text", Files.readString(target));
    }

    @Test
    void aFileWhereAFolderIsNeeded() throws IOException {
        Files.writeString(folder.resolve("notes"), "text");
        Path target = folder.resolve("notes/saved");
        UserError error = assertThrows(UserError.class, () -> writeFolder(target, SMALL, false));
        assertEquals("cannot write " + target + ": Not a directory; nothing was changed", error.getMessage());
        assertEquals(List.of("notes"), names(folder));
    }

    @Test
    void aFolderInTheFilesPlace() throws IOException {
        Files.createDirectory(file);
        UserError error = assertThrows(UserError.class, () -> write(SMALL, DType.F32));
        assertEquals("cannot write " + file + ": it is a folder; name another file", error.getMessage());
        assertEquals(List.of("model.safetensors"), names(folder));
    }

    @Test
    void aFileInAFolderThatIsNotThere() {
        Path target = folder.resolve("missing/model.safetensors");
        UserError error = assertThrows(
                UserError.class, () -> CheckpointWriter.write(target, SMALL, DType.F32, Format.TIED, Progress.NONE));
        assertEquals("cannot write " + target + ": no such file or folder; nothing was changed", error.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"/proc/saved", "/proc/self/saved", "/sys/kernel/saved"})
    @EnabledOnOs(OS.LINUX) // where not even root can write there
    void aDiskThatTakesNoFiles(Path target) {
        UserError error = assertThrows(UserError.class, () -> writeFolder(target, SMALL, false));
        assertTrue(
                error.getMessage()
                        .matches(
                                "cannot write " + target
                                        + ": (no such file or folder|permission denied|Operation not permitted|Read-only file system); nothing was changed"),
                error.getMessage());
        assertFalse(Files.exists(target));
    }

    @Test
    void anEditIsWrittenWithItsTies() {
        MemoryCheckpoint original = new MemoryCheckpoint()
                .tensor("a", new long[] {2}, 1, 2)
                .tensor("b", new long[] {2}, 3, 4)
                .tensor("c", new long[] {2}, 5, 6);
        EditedCheckpoint.Content shared = new EditedCheckpoint.Content.Values(new float[] {9, 9});
        Map<String, EditedCheckpoint.Content> contents = original("a", "b", "c");
        contents.put("b", shared);
        contents.put("c", shared);
        Map<String, TensorSpec> specs = Map.of("b", new TensorSpec("b", DType.F32, List.of(2L)));
        write(new EditedCheckpoint(original, contents, specs), DType.F32);
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            assertEquals(Map.of("c", "b"), read.ties().keptByAlias());
            assertArrayEquals(new float[] {1, 2}, read.read("a"));
            assertArrayEquals(new float[] {9, 9}, read.read("c"));
        }
    }

    private static Map<String, EditedCheckpoint.Content> original(String... names) {
        Map<String, EditedCheckpoint.Content> contents = new LinkedHashMap<>();
        Arrays.stream(names).forEach(name -> contents.put(name, new EditedCheckpoint.Content.Original(name)));
        return contents;
    }
}
