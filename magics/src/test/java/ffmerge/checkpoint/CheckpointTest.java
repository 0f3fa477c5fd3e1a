package ffmerge.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ffmerge.UserError;
import ffmerge.fixture.SafetensorsBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
    @TempDir
    private Path folder;

    private String refusal() {
        return assertThrows(UserError.class, () -> Checkpoint.open(folder).close())
                .getMessage();
    }

    @Test
    void aSingleFileComesBeforeAnIndex() throws IOException {
        Path file = new SafetensorsBytes().f32("a", new long[] {1}, 1).writeTo(folder.resolve("model.safetensors"));
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{}");
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertEquals(file.toString(), checkpoint.source());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch_model.bin", "pytorch_model.bin.index.json"})
    void picklesAreRefusedWithTheReasonAndTheRemedy(String name) throws IOException {
        Files.write(folder.resolve(name), new byte[] {(byte) 0x80, 2, '.'});
        assertEquals(
                folder + " holds pytorch_model.bin, a pickle: reading one can run any program that its author put in;"
                        + " save the model in Python with save_pretrained(folder, safe_serialization=True) and load that folder",
                refusal());
    }

    @Test
    void aPickleBesideSafetensorsIsLeftAlone() throws IOException {
        Files.write(folder.resolve("pytorch_model.bin"), new byte[] {(byte) 0x80, 2, '.'});
        new SafetensorsBytes().f32("a", new long[] {1}, 1).writeTo(folder.resolve("model.safetensors"));
        Checkpoint.open(folder).close();
    }

    @Test
    void aFolderWithoutWeights() {
        assertEquals(folder + " holds no model.safetensors and no model.safetensors.index.json", refusal());
    }
}
