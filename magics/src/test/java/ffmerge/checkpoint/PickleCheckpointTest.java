package ffmerge.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.UserError;
import ffmerge.fixture.TorchZip;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files in the test folder {@code pickle} were written by PyTorch; generate.py is how. */
class PickleCheckpointTest {
    @TempDir
    private Path folder;

    static Path file(String name) {
        try {
            return Path.of(
                    PickleCheckpointTest.class.getResource("/pickle/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static float[] floats(JsonNode values) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values.get(i).asDouble();
        }
        return floats;
    }

    @ParameterizedTest
    @ValueSource(strings = {"zip.bin", "legacy.bin", "zip64.bin", "protocol-5.bin", "training.bin"})
    void everyTensorIsWhatPyTorchSays(String name) throws IOException {
        JsonNode expected = new ObjectMapper().readTree(file("expected.json").toFile());
        try (Checkpoint checkpoint = PickleCheckpoint.open(file(name))) {
            List<String> names = new ArrayList<>(checkpoint.tensors().keySet());
            names.addAll(checkpoint.ties().keptByAlias().keySet());
            List<String> expectedNames = new ArrayList<>();
            expected.fieldNames().forEachRemaining(expectedNames::add);
            assertEquals(
                    expectedNames.stream().sorted().toList(),
                    names.stream().sorted().toList());
            for (String tensor : expectedNames) {
                TensorSpec spec = checkpoint.tensors().get(checkpoint.ties().keptName(tensor));
                assertEquals(
                        expected.at("/" + tensor + "/dtype").asText(),
                        spec.dtype().label(),
                        tensor);
                List<Long> shape = new ArrayList<>();
                expected.at("/" + tensor + "/shape").forEach(size -> shape.add(size.asLong()));
                assertEquals(shape, spec.shape(), tensor);
                if (spec.dtype().isFloating()) {
                    float[] values = floats(expected.at("/" + tensor + "/values"));
                    assertArrayEquals(values, checkpoint.read(tensor), tensor);
                    assertPartsAreRead(checkpoint, tensor, values);
                }
            }
        }
    }

    private static void assertPartsAreRead(Checkpoint checkpoint, String tensor, float[] values) {
        for (int from = 0; from <= values.length; from++) {
            for (int to = from; to <= values.length; to++) {
                FloatBuffer part = FloatBuffer.allocate(to - from);
                checkpoint.read(tensor, from, part);
                assertArrayEquals(Arrays.copyOfRange(values, from, to), part.array(), tensor);
            }
        }
    }

    @Test
    void namesOfTheSameViewAreTied() {
        try (Checkpoint checkpoint = PickleCheckpoint.open(file("zip.bin"))) {
            assertEquals(
                    Map.of("shared.second", "shared.first"), checkpoint.ties().keptByAlias());
        }
    }

    @Test
    void anOrderedDictionaryWithAttributes() {
        try (Checkpoint checkpoint = PickleCheckpoint.open(file("module.bin"))) {
            assertEquals(
                    List.of(
                            "0.weight",
                            "0.bias",
                            "1.weight",
                            "1.bias",
                            "1.running_mean",
                            "1.running_var",
                            "1.num_batches_tracked"),
                    List.copyOf(checkpoint.tensors().keySet()));
        }
    }

    @Test
    void shardsByTheirIndex() {
        try (Checkpoint checkpoint = Checkpoint.open(file("sharded"))) {
            assertArrayEquals(new float[] {1, 2}, checkpoint.read("a"));
            assertArrayEquals(new float[] {3}, checkpoint.read("b"));
        }
    }

    @Test
    void bigEndianNumbers() throws IOException {
        Path path = folder.resolve("pytorch_model.bin");
        Files.write(
                path,
                new TorchZip()
                        .pickle(TorchZip.tensor(4, 0, new long[] {2, 2}, 1, 2))
                        .part("archive/byteorder", "big".getBytes())
                        .floats("0", ByteOrder.BIG_ENDIAN, 1, 2, 3, 4)
                        .bytes());
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertArrayEquals(new float[] {1, 3, 2, 4}, checkpoint.read("a"));
        }
    }

    @Test
    void integersAreNoWeights() {
        try (Checkpoint checkpoint = PickleCheckpoint.open(file("zip.bin"))) {
            assertEquals(
                    file("zip.bin")
                            + ": tensor 'mask' holds BOOL (bool) values, not weights, which are F64, F32, F16 or"
                            + " BF16; if they are quantized, load the checkpoint that they were made from",
                    assertThrows(UserError.class, () -> checkpoint.read("mask")).getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.bin", "evil-legacy.bin"})
    void aProgramIsRefusedByItsName(String name) {
        assertRefusedByName(name, "posix.system");
    }

    @Test
    void whatIsNoPlainTensorIsRefusedByItsName() {
        assertRefusedByName("quantized.bin", "torch._utils._rebuild_qtensor");
        assertRefusedByName("whole-model.bin", "torch.nn.modules.linear.Linear");
    }

    private static void assertRefusedByName(String name, String object) {
        assertEquals(
                file(name) + " asks for the Python object " + object
                        + ", which plain weights do not need, so it was not read and nothing of it was run; if you trust"
                        + " its author, save it anew in Python with save_pretrained(folder, safe_serialization=True)",
                assertThrows(UserError.class, () -> PickleCheckpoint.open(file(name)))
                        .getMessage());
    }

    @Test
    void aListHasNoNames() {
        assertEquals(
                file("list.bin") + " is not a sound PyTorch file: it holds no tensors by name",
                assertThrows(UserError.class, () -> PickleCheckpoint.open(file("list.bin")))
                        .getMessage());
    }
}
