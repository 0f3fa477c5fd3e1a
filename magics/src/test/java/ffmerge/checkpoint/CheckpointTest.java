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

    @Test
    void aPickleBesideSafetensorsIsLeftAlone() throws IOException {
        Files.write(folder.resolve("pytorch_model.bin"), new byte[] {(byte) 0x80, 2, '.'});
        new SafetensorsBytes().f32("a", new long[] {1}, 1).writeTo(folder.resolve("model.safetensors"));
        Checkpoint.open(folder).close();
    }

    @Test
    void aFolderWithoutWeights() {
        assertEquals(folder + " holds no model.safetensors, no pytorch_model.bin, and no index of either", refusal());
    }
}
