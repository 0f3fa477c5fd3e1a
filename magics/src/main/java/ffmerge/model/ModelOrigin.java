package ffmerge.model;

import ffmerge.checkpoint.DType;
import java.nio.file.Path;
import java.util.List;

/**
 * Where a model's weights were first read from.
 *
 * @param folder with config, tokenizer and weights
 * @param dtype how most of the weights are stored there; what {@code save} writes unless told otherwise
 * @param unread names of tensors there that the config has no place for
 */
public record ModelOrigin(Path folder, DType dtype, List<String> unread) {
    /** What the model is called where nobody gave it a name. */
    public String name() {
        return folder.getFileName().toString();
    }
}
