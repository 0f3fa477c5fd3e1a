package ffmerge.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import ffmerge.UserError;
import ffmerge.fixture.SafetensorsBytes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever happens to a file, it is read as a sound one or refused in one line. */
class SafetensorsFuzzTest {
    private static final int CASES = 4000;
    /** Bytes of the sound file's tensors. */
    private static final int DATA = 16;

    private static final String READ = "read";
    private static final String JSON = "0123456789-+.eE{}[]\",: \\ntu";

    @TempDir
    private Path folder;

    private byte[] sound;

    @BeforeEach
    void makeFile() {
        sound = new SafetensorsBytes()
                .metadata("format", "pt")
                .metadata("head", "a")
                .f32("a", new long[] {2, 1}, 1, 2)
                .bits16("b", "F16", new long[] {3}, (short) 1, (short) 2, (short) 3)
                .tensor("mask", "BOOL", new long[] {1, 2}, new byte[] {0, 1})
                .bytes();
    }

    @Test
    void damagedFilesAreReadOrRefused() {
        SplittableRandom random = new SplittableRandom(20261121);
        Path path = folder.resolve("model.safetensors");
        Map<String, Integer> outcomes = new TreeMap<>();
        assertTimeout(Duration.ofSeconds(60), () -> {
            for (int i = 0; i < CASES; i++) {
                byte[] bytes = damaged(random);
                SafetensorsBytes.write(path, bytes);
                outcomes.merge(outcome(path, bytes), 1, Integer::sum);
            }
        });
        // damage that is always the same, or that nothing survives, would prove little
        assertTrue(outcomes.getOrDefault(READ, 0) > CASES / 50, outcomes.toString());
        assertTrue(outcomes.size() > 10, outcomes.toString());
    }

    /** Half of the cases are damaged anywhere, half in the header alone, whose length is then told truly. */
    private byte[] damaged(RandomGenerator random) {
        if (random.nextBoolean()) {
            return hit(sound, random);
        }
        int headerEnd = sound.length - DATA;
        byte[] header = hit(Arrays.copyOfRange(sound, Long.BYTES, headerEnd), random);
        return SafetensorsBytes.withLength(header.length, header, Arrays.copyOfRange(sound, headerEnd, sound.length));
    }

    private static byte[] hit(byte[] sound, RandomGenerator random) {
        byte[] bytes = sound.clone();
        for (int hits = random.nextInt(1, 3); hits > 0; hits--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> bytes[at] = (byte) JSON.charAt(random.nextInt(JSON.length()));
                case 3 -> bytes = Arrays.copyOf(bytes, at + 1);
                case 4 -> {
                    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
                    System.arraycopy(bytes, at, longer, at + 1, bytes.length - at);
                    bytes = longer;
                }
                default -> {
                    int from = random.nextInt(bytes.length);
                    int length = Math.min(random.nextInt(1, 9), bytes.length - Math.max(from, at));
                    System.arraycopy(bytes.clone(), from, bytes, at, length);
                }
            }
        }
        return bytes;
    }

    /** The reason of the refusal, without the names and numbers in it. */
    private static String outcome(Path path, byte[] bytes) {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            for (TensorSpec spec : file.tensors().values()) {
                if (spec.dtype().isFloating()) {
                    assertEquals(spec.elements(), file.read(spec.name()).length);
                }
            }
            for (String alias : file.ties().keptByAlias().keySet()) {
                assertTrue(file.tensors().containsKey(file.ties().keptName(alias)));
                assertFalse(file.tensors().containsKey(alias));
            }
            return READ;
        } catch (UserError e) {
            assertFalse(e.getMessage().matches("(?s).*\\p{Cntrl}.*"), e.getMessage());
            return e.getMessage()
                    .replaceFirst("^.*? file: ", "")
                    .replaceFirst("JSON: .*", "JSON")
                    .replaceAll("'.*'|\\d+|-\\d+", "…");
        } catch (RuntimeException | Error e) {
            return fail("not refused but broken: " + HexFormat.of().formatHex(bytes), e);
        }
    }
}
