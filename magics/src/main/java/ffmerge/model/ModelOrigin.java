package ffmerge.model;

import ffmerge.checkpoint.DType;
import java.nio.file.Path;

/**
 * Where a model's weights were first read from.
 *
 * @param folder with config, tokenizer and weights
 * @param dtype how most of the weights are stored there; what {@code save} writes unless told otherwise
 */
public record ModelOrigin(Path folder, DType dtype) {
    /** What the model is called where nobody gave it a name. */
    public String name() {
        return folder.getFileName().toString();
    }
}
