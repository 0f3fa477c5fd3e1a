package ffmerge.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.UserError;
import ffmerge.fixture.SafetensorsBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SafetensorsFileTest {
    @TempDir
    private Path folder;

    private SafetensorsFile open(SafetensorsBytes bytes) {
        return SafetensorsFile.open(bytes.writeTo(folder.resolve("model.safetensors")));
    }

    @Test
    void tensorsKeepTheirOrderTypeAndShape() {
        SafetensorsBytes bytes = new SafetensorsBytes()
                .f32("b", new long[] {2, 1}, 1, 2)
                .bits16("a", "BF16", new long[] {3}, (short) 0, (short) 0, (short) 0)
                .f32("scalar", new long[0], 3)
                .tensor("mask", "BOOL", new long[] {1, 0, 4}, new byte[0]);
        try (SafetensorsFile file = open(bytes)) {
            assertEquals(
                    List.of(
                            new TensorSpec("b", DType.F32, List.of(2L, 1L)),
                            new TensorSpec("a", DType.BF16, List.of(3L)),
                            new TensorSpec("scalar", DType.F32, List.of()),
                            new TensorSpec("mask", DType.BOOL, List.of(1L, 0L, 4L))),
                    List.copyOf(file.tensors().values()));
            assertTrue(file.ties().isEmpty());
        }
    }

    @Test
    void everyFloatingTypeIsReadAsFloat32() {
        SafetensorsBytes bytes = new SafetensorsBytes()
                .f64("f64", new long[] {2}, Math.PI, -1e300)
                .bits16("f16", "F16", new long[] {2}, (short) 0x3c00, (short) 0xc248)
                .f32("f32", new long[] {2}, Float.MIN_VALUE, -7)
                .bits16("bf16", "BF16", new long[] {2}, (short) 0x3f80, (short) 0xc049);
        try (SafetensorsFile file = open(bytes)) {
            assertArrayEquals(new float[] {(float) Math.PI, Float.NEGATIVE_INFINITY}, file.read("f64"));
            assertArrayEquals(new float[] {1, -3.140625f}, file.read("f16"));
            assertArrayEquals(new float[] {Float.MIN_VALUE, -7}, file.read("f32"));
            assertArrayEquals(new float[] {1, -3.140625f}, file.read("bf16"));
        }
    }

    @Test
    void aPartOfATensorIsReadToWhereTheBufferStands() {
        try (SafetensorsFile file = open(new SafetensorsBytes()
                .f32("before", new long[] {1}, 9)
                .f32("x", new long[] {2, 3}, 0, 1, 2, 3, 4, 5))) {
            FloatBuffer into = FloatBuffer.allocate(5).position(1).limit(3);
            file.read("x", 4, into);
            assertFalse(into.hasRemaining());
            assertArrayEquals(new float[] {0, 4, 5, 0, 0}, into.array());
            assertThrows(IndexOutOfBoundsException.class, () -> file.read("x", 5, FloatBuffer.allocate(2)));
            assertThrows(IndexOutOfBoundsException.class, () -> file.read("x", -1, FloatBuffer.allocate(1)));
        }
    }

    @Test
    void metadataThatNamesAStoredTensorIsATie() {
        SafetensorsBytes bytes = new SafetensorsBytes()
                .metadata("format", "pt")
                .metadata("head", "embedding")
                .metadata("nothing", "missing")
                .f32("embedding", new long[] {2}, 1, 2);
        try (SafetensorsFile file = open(bytes)) {
            assertEquals(Map.of("head", "embedding"), file.ties().keptByAlias());
            assertEquals(List.of("embedding"), List.copyOf(file.tensors().keySet()));
            assertArrayEquals(new float[] {1, 2}, file.read("head"));
        }
    }

    @Test
    void aTensorThatIsStoredIsNoAliasWhateverTheMetadataSays() {
        SafetensorsBytes bytes = new SafetensorsBytes()
                .metadata("a", "b")
                .f32("a", new long[] {1}, 1)
                .f32("b", new long[] {1}, 2);
        try (SafetensorsFile file = open(bytes)) {
            assertTrue(file.ties().isEmpty());
            assertArrayEquals(new float[] {1}, file.read("a"));
        }
    }

    @Test
    void headersMayBePaddedWithSpaces() {
        byte[] bytes = SafetensorsBytes.of(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}       ",
                ByteBuffer.allocate(4)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putFloat(5)
                        .array());
        try (SafetensorsFile file =
                SafetensorsFile.open(SafetensorsBytes.write(folder.resolve("padded.safetensors"), bytes))) {
            assertArrayEquals(new float[] {5}, file.read("a"));
        }
    }

    @Test
    void aFileOfManyGigabytesIsReadAtAnyPlace() throws IOException {
        // 2 GiB before the tensor that matters, and that one larger than a ByteBuffer can be; sparse, so nearly no disk
        long small = (1L << 31) + 4;
        long large = (1L << 32) + 8;
        String header = """
                {"first":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]},
                "large":{"dtype":"F32","shape":[2,%d],"data_offsets":[%d,%d]}}""".formatted(small, small, large / 8, small, small + large);
        Path path = folder.resolve("large.safetensors");
        SafetensorsBytes.write(path, SafetensorsBytes.of(header, new byte[0]));
        long dataStart = Long.BYTES + header.getBytes(StandardCharsets.UTF_8).length;
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            put(channel, dataStart + small, 1);
            put(channel, dataStart + small + (1L << 31), 2);
            put(channel, dataStart + small + large - 4, 3);
        }
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertEquals(large / 4, file.tensors().get("large").elements());
            assertArrayEquals(new float[] {1, 0}, part(file, 0));
            assertArrayEquals(new float[] {0, 2}, part(file, (1L << 29) - 1));
            assertArrayEquals(new float[] {0, 3}, part(file, large / 4 - 2));
            assertThrows(IndexOutOfBoundsException.class, () -> part(file, large / 4 - 1));
            FloatBuffer across = FloatBuffer.allocate(MappedValues.MAPPED_ELEMENTS / 64);
            file.read("large", (1L << 29) - across.capacity() / 2, across);
            assertEquals(2, across.get(across.capacity() / 2));
        }
    }

    private static void put(FileChannel channel, long at, float value) throws IOException {
        channel.write(
                ByteBuffer.allocate(4)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putFloat(value)
                        .flip(),
                at);
    }

    private static float[] part(Checkpoint file, long from) {
        FloatBuffer two = FloatBuffer.allocate(2);
        file.read("large", from, two);
        return two.array();
    }

    @ParameterizedTest
    @EnumSource
    void whatIsMappedAtATimeFitsOneByteBuffer(DType dtype) {
        assertTrue(!dtype.isFloating() || (long) MappedValues.MAPPED_ELEMENTS * dtype.bytes() <= Integer.MAX_VALUE);
    }

    /** Of whatever type the tensors beside them are, known or not. */
    @ParameterizedTest
    @CsvSource({
        "F8_E4M3, 4",
        "F8_E5M2, 4",
        "F8_E8M0, 4",
        "F8_E4M3FNUZ, 4",
        "F6_E2M3, 3",
        "F4, 2",
        "U16, 8",
        "U32, 16",
        "U64, 32",
        "C64, 32",
        "BOOL, 4",
        "I8, 4",
        "Q9_NEW, 7"
    })
    void weightsBesideOtherTensors(String type, int bytes) {
        try (SafetensorsFile file = open(new SafetensorsBytes()
                .tensor("other", type, new long[] {2, 2}, new byte[bytes])
                .f32("weight", new long[] {2}, 1, 2))) {
            assertArrayEquals(new float[] {1, 2}, file.read("weight"));
            UserError error = assertThrows(UserError.class, () -> file.requireWeights("other"));
            assertTrue(error.getMessage().contains("tensor 'other' holds " + type), error.getMessage());
            file.requireWeights("weight");
            file.requireWeights("nothing");
        }
    }

    @Test
    void aTensorOfIntegersIsNotReadAsWeights() {
        try (SafetensorsFile file =
                open(new SafetensorsBytes().tensor("ids", "I64", new long[] {1}, new byte[Long.BYTES]))) {
            UserError error = assertThrows(UserError.class, () -> file.read("ids"));
            assertEquals(
                    file.source() + ": tensor 'ids' holds I64 (int64) values, not weights, which are F64, F32, F16 or"
                            + " BF16; if they are quantized, load the checkpoint that they were made from",
                    error.getMessage());
        }
    }

    @Test
    void aTensorThatIsNotThereIsNamed() {
        try (SafetensorsFile file = open(new SafetensorsBytes().f32("a", new long[] {1}, 1))) {
            UserError error = assertThrows(UserError.class, () -> file.read("b"));
            assertEquals(file.source() + " has no tensor 'b'", error.getMessage());
            error = assertThrows(UserError.class, () -> file.read("b", 0, FloatBuffer.allocate(1)));
            assertEquals(file.source() + " has no tensor 'b'", error.getMessage());
        }
    }

    @Test
    void aFileThatIsCutShortWhileItIsOpenIsSaidToBe() throws IOException {
        try (SafetensorsFile file = open(new SafetensorsBytes().f32("a", new long[] {2}, 1, 2));
                FileChannel channel = FileChannel.open(Path.of(file.source()), StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() - 1);
            UserError error = assertThrows(UserError.class, () -> file.read("a"));
            assertEquals(file.source() + " was cut short while tensor 'a' was read", error.getMessage());
        }
    }

    @Test
    void anInterruptStopsReadingAndIsNoFaultOfTheFile() {
        try (SafetensorsFile file = open(new SafetensorsBytes().f32("a", new long[] {2}, 1, 2))) {
            Thread.currentThread().interrupt();
            assertThrows(CancellationException.class, () -> file.read("a"));
            assertFalse(Thread.interrupted(), "the flag is cleared");
        }
    }

    @Test
    void aClosedFileHoldsNoLockOnItsPlace() throws IOException {
        SafetensorsFile file = open(new SafetensorsBytes().f32("a", new long[] {1}, 1));
        file.close();
        Files.delete(Path.of(file.source()));
        assertThrows(UserError.class, () -> file.read("a"));
    }
}
