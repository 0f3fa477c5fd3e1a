package ffmerge.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertLinesMatch;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ffmerge.UserError;
import ffmerge.fixture.SafetensorsBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardedCheckpointTest {
    private static final String ONE = "model-00001-of-00002.safetensors";
    private static final String TWO = "model-00002-of-00002.safetensors";

    @TempDir
    private Path folder;

    private Path index;

    @BeforeEach
    void writeShards() {
        index = folder.resolve("model.safetensors.index.json");
        new SafetensorsBytes()
                .metadata("format", "pt")
                .metadata("head", "a")
                .metadata("c", "b")
                .f32("a", new long[] {1}, 1)
                .f32("b", new long[] {2}, 2, 3)
                .writeTo(folder.resolve(ONE));
        new SafetensorsBytes().f32("c", new long[] {1}, 4).writeTo(folder.resolve(TWO));
        writeIndex("""
                {"metadata":{"total_size":16},"weight_map":{"c":"%s","a":"%s","b":"%s"}}""".formatted(TWO, ONE, ONE));
    }

    private void writeIndex(String json) {
        try {
            Files.writeString(index, json);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String refusal() {
        return assertThrows(UserError.class, () -> Checkpoint.open(folder).close())
                .getMessage();
    }

    @Test
    void shardsReadAsOne() {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertEquals(index.toString(), checkpoint.source());
            assertEquals(
                    List.of("c", "a", "b"), List.copyOf(checkpoint.tensors().keySet()));
            assertArrayEquals(new float[] {1}, checkpoint.read("a"));
            assertArrayEquals(new float[] {2, 3}, checkpoint.read("b"));
            assertArrayEquals(new float[] {4}, checkpoint.read("c"));
        }
    }

    @Test
    void aTieHoldsUnlessAnotherShardStoresTheAlias() {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertEquals(Map.of("head", "a"), checkpoint.ties().keptByAlias());
            assertArrayEquals(new float[] {1}, checkpoint.read("head"));
        }
    }

    @Test
    void aTensorThatIsInNoShardIsNamed() {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            UserError error = assertThrows(UserError.class, () -> checkpoint.read("d"));
            assertEquals(index + " has no tensor 'd'", error.getMessage());
        }
    }

    @Test
    void aMissingShardIsNamed() throws IOException {
        Files.delete(folder.resolve(TWO));
        assertEquals("there is no file " + folder.resolve(TWO), refusal());
    }

    @Test
    void aDamagedShardIsNamed() {
        SafetensorsBytes.write(folder.resolve(TWO), new byte[3]);
        assertEquals(folder.resolve(TWO) + " is not a sound safetensors file: it has only 3 bytes", refusal());
    }

    /** A tied name that was left out when the shards were written; a model that needs it says so. */
    @Test
    void aTensorThatItsShardLacksIsNotThere() {
        writeIndex("{\"weight_map\":{\"nowhere\":\"" + TWO + "\"}}");
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertFalse(checkpoint.tensors().containsKey("nowhere"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../model.safetensors",
                "/etc/model.safetensors",
                "sub/model.safetensors",
                "..\\\\model.safetensors",
                "C:\\\\model.safetensors",
                "",
                "/",
                "..",
                ".",
                "model.bin",
                "config.json",
                "a\\u0000.safetensors",
                "\\ud800.safetensors"
            })
    void aShardIsAPlainFileBesideItsIndex(String name) {
        writeIndex("{\"weight_map\":{\"a\":\"" + name + "\"}}");
        assertLinesMatch(
                List.of(Pattern.quote(index + " names '") + ".*" + Pattern.quote("', which is not a plain file name")),
                List.of(refusal()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "3", "", "{\"weight_map\":{}}", "{\"weight_map\":[\"a\"]}"})
    void anIndexWithoutPlaces(String json) {
        writeIndex(json);
        assertEquals(index + " has no weight_map", refusal());
    }

    @Test
    void anIndexThatIsNotJson() {
        writeIndex("{\"weight_map\":");
        assertEquals(index + " is not valid JSON: it ends too early", refusal());
    }
}
