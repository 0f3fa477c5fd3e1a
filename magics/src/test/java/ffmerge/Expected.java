package ffmerge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** Reference values, computed with PyTorch, transformers and scipy on the demo checkpoints. */
public final class Expected {
    private Expected() {}

    public static JsonNode of(String model) {
        try (InputStream in = Expected.class.getResourceAsStream("/expected/" + model + ".json")) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The folder of the demo models and data. */
    public static Path home() {
        return Path.of(System.getenv("FFMERGE_HOME"));
    }
}
