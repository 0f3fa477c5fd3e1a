package ffmerge.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import ffmerge.UserError;
import ffmerge.fixture.TorchZip;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a file of torch.save asks for, it is read as weights or refused in one line, soon and in little memory. */
class DamagedPickleTest {
    private static final int CASES = 3000;
    private static final String READ = "read";

    @TempDir
    private Path folder;

    private Path write(byte[] bytes) {
        try {
            return Files.write(folder.resolve("pytorch_model.bin"), bytes);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void assertRefused(String why, byte[] bytes) {
        Path file = write(bytes);
        UserError error = assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThrows(
                        UserError.class, () -> PickleCheckpoint.open(file).close()));
        assertEquals(file + " is not a sound PyTorch file: " + why, error.getMessage());
    }

    private void assertPickleRefused(String why, Object... instructions) {
        assertRefused(
                why,
                new TorchZip()
                        .pickle(TorchZip.pickleOf(instructions))
                        .floats("0", ByteOrder.LITTLE_ENDIAN, 1, 2, 3, 4)
                        .bytes());
    }

    private static byte[] tensorFile(byte[] pickle) {
        return new TorchZip()
                .pickle(pickle)
                .floats("0", ByteOrder.LITTLE_ENDIAN, 1, 2, 3, 4)
                .bytes();
    }

    @ParameterizedTest
    @CsvSource({
        "4, 0, 5, 1",
        "4, 4, 1, 1",
        "4, -1, 1, 1",
        "4, 0, -1, 1",
        "4, 0, 2, -1",
        "4, 0, 9223372036854775807, 9223372036854775807",
        "4, 9223372036854775807, 2, 1",
        "4, 0, 1048577, 0"
    })
    void aViewThatDoesNotFitItsStorage(long storage, long offset, long size, long stride) {
        assertRefused(
                "a tensor of shape [" + size + "], strides [" + stride + "] and offset " + offset
                        + " does not fit its storage of " + storage + " elements",
                tensorFile(TorchZip.tensor(storage, offset, new long[] {size}, stride)));
    }

    @Test
    void aShapeWithOtherAxesThanStrides() {
        assertRefused(
                "a tensor of shape [2, 2], strides [1] and offset 0 does not fit its storage of 4 elements",
                tensorFile(TorchZip.tensor(4, 0, new long[] {2, 2}, 1)));
    }

    @Test
    void aStorageThatIsLargerThanItsBytes() {
        assertRefused(
                "tensor 'a' is of a storage of 1000000000000 float32 values, but only 16 bytes of it are there",
                tensorFile(TorchZip.tensor(1_000_000_000_000L, 0, new long[] {1}, 1)));
        assertRefused(
                "a storage claims 9223372036854775807 elements",
                tensorFile(TorchZip.tensor(Long.MAX_VALUE, 0, new long[] {1}, 1)));
    }

    @Test
    void aStorageThatIsNotThere() {
        assertRefused(
                "tensor 'a' is of the storage '0', which is not there",
                new TorchZip().pickle(TorchZip.tensor(4, 0, new long[] {4}, 1)).bytes());
    }

    @Test
    void aMillionListsInsideEachOther() {
        byte[] open = "]".repeat(1_000_000).getBytes(StandardCharsets.ISO_8859_1);
        byte[] close = "a".repeat(999_999).getBytes(StandardCharsets.ISO_8859_1);
        assertPickleRefused("it holds no tensors by name", open, close, ".");
    }

    /** Each list holds the one before twice: told out, it would have 2¹⁰⁰⁰⁰⁰ items. */
    @Test
    void aListThatDoublesItselfOverAndOver() {
        byte[] doubling = "q\0]h\0ah\0a".repeat(100_000).getBytes(StandardCharsets.ISO_8859_1);
        assertPickleRefused("it holds no tensors by name", "]", doubling, ".");
    }

    @Test
    void aListThatHoldsItself() {
        assertPickleRefused("it holds no tensors by name", "]q", 0, "h", 0, "a.");
        assertPickleRefused("it holds no tensors by name", "}q", 0, TorchZip.text("state_dict"), "h", 0, "s.");
    }

    @Test
    void moreInstructionsThanAnyModelNeeds() {
        assertPickleRefused(
                "its pickle has more than 5000000 instructions",
                "N".repeat(6_000_000).getBytes(StandardCharsets.ISO_8859_1),
                ".");
    }

    @Test
    void keysThatAreCollections() {
        assertPickleRefused("its pickle has a dictionary whose keys are neither words nor numbers", "})Ns.");
    }

    @Test
    void callsOfWhatIsNoFunction() {
        assertPickleRefused("its pickle has LinkedHashMap where Function belongs", "})R.");
        assertPickleRefused(
                "its pickle rebuilds a tensor from a tensor from a tensor",
                "ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._tensor\n_rebuild_from_type_v2\nN)NtR.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.", "a", "t.", "s.", "R.", "Q.", "h\0.", "\u0094", "2", "(0."})
    void aStackThatIsEmpty(String instructions) {
        Path file = write(new TorchZip().pickle(TorchZip.pickleOf(instructions)).bytes());
        assertThrows(UserError.class, () -> PickleCheckpoint.open(file).close());
    }

    @Test
    void instructionsOfOtherPickles() {
        assertPickleRefused("its pickle has the instruction 105, which torch.save never writes", "ios\nsystem\n.");
        assertPickleRefused("its pickle has the instruction 130, which torch.save never writes", 0x82, 1, ".");
    }

    @Test
    void lengthsBeyondTheFile() {
        assertPickleRefused("its pickle is cut off", "X", 0xff, 0xff, 0xff, 0xff, "a");
        assertPickleRefused("its pickle is cut off", 0x8d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
        assertPickleRefused("its pickle has a number of 255 bytes", 0x8a, 0xff);
        assertPickleRefused("its pickle is cut off", "ctorch");
    }

    @Test
    void filesThatAreSomethingElse() throws IOException {
        assertRefused("it has only 0 bytes", new byte[0]);
        assertRefused("torch.save writes other files", "weights".getBytes());
        assertRefused("it is a pickle, but none of torch.save", TorchZip.pickleOf("K", 1, "."));
        assertRefused(
                "it is a zip file with 0 pickles data.pkl in place of one",
                new TorchZip().part("readme.txt", new byte[1]).bytes());
        assertRefused(
                "its part 'archive/data.pkl' is packed, which torch.save never does",
                new TorchZip().pickle(new byte[100]).bytes(ZipEntry.DEFLATED));
        assertRefused(
                "it is a TorchScript program, no weights",
                new TorchZip()
                        .pickle(TorchZip.pickleOf("N."))
                        .part("archive/constants.pkl", new byte[0])
                        .bytes());
    }

    @Test
    void aPointerOfGitLfs() {
        Path file = write("version https://git-lfs.github.com/spec/v1\n".getBytes(StandardCharsets.US_ASCII));
        UserError error = assertThrows(UserError.class, () -> PickleCheckpoint.open(file));
        assertEquals(
                file + " is a pointer of Git LFS and not the file itself; git lfs pull, in the folder that was cloned,"
                        + " fetches the file",
                error.getMessage());
    }

    @Test
    void aPickleThatDoesNotMatchItsChecksum() {
        byte[] bytes = tensorFile(TorchZip.tensor(4, 0, new long[] {4}, 1));
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        bytes[text.indexOf("FloatStorage")] ^= 1;
        assertRefused("its part 'archive/data.pkl' does not match its checksum", bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"zip.bin", "legacy.bin"})
    void aFileThatIsCutOffAnywhere(String name) throws IOException {
        byte[] sound = Files.readAllBytes(PickleCheckpointTest.file(name));
        for (int length = 0; length < sound.length; length += 7) {
            Path file = write(Arrays.copyOf(sound, length));
            UserError error = assertThrows(
                    UserError.class, () -> PickleCheckpoint.open(file).close());
            assertTrue(error.getMessage().startsWith(file + " is not a sound PyTorch file: "), error.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zip.bin", "legacy.bin", "pickle"})
    void damagedFilesAreReadOrRefused(String name) throws IOException {
        SplittableRandom random = new SplittableRandom(20261121);
        boolean pickleAlone = name.equals("pickle");
        byte[] sound = pickleAlone
                ? TorchZip.tensor(4, 1, new long[] {3, 1}, 1, 3)
                : Files.readAllBytes(PickleCheckpointTest.file(name));
        Map<String, Integer> outcomes = new TreeMap<>();
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            for (int i = 0; i < CASES; i++) {
                byte[] bytes = hit(sound, random);
                byte[] file = pickleAlone ? tensorFile(bytes) : bytes;
                outcomes.merge(outcome(write(file), file), 1, Integer::sum);
            }
        });
        assertTrue(outcomes.getOrDefault(READ, 0) > CASES / 100, outcomes.toString());
        assertTrue(outcomes.size() > 10, outcomes.toString());
    }

    private static byte[] hit(byte[] sound, RandomGenerator random) {
        byte[] bytes = sound.clone();
        for (int hits = random.nextInt(1, 4); hits > 0; hits--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> bytes[at] = sound[random.nextInt(sound.length)];
                default -> {
                    int length = Math.min(random.nextInt(1, 9), bytes.length - at);
                    System.arraycopy(sound, random.nextInt(sound.length - length + 1), bytes, at, length);
                }
            }
        }
        return bytes;
    }

    private static String outcome(Path path, byte[] bytes) {
        try (Checkpoint file = PickleCheckpoint.open(path)) {
            for (TensorSpec spec : file.tensors().values()) {
                if (spec.dtype().isFloating()) {
                    assertEquals(spec.elements(), file.read(spec.name()).length);
                }
            }
            return READ;
        } catch (UserError e) {
            assertFalse(e.getMessage().matches("(?s).*\\p{Cntrl}.*"), e.getMessage());
            return e.getMessage()
                    .replaceFirst("^.*? file: ", "")
                    .replaceFirst("object \\S+", "object")
                    .replaceAll("'[^']*'|-?\\d+", "…");
        } catch (RuntimeException | Error e) {
            return fail("not refused but broken: " + HexFormat.of().formatHex(bytes), e);
        }
    }
}
