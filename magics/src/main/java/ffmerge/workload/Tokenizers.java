package ffmerge.workload;

import ffmerge.data.Tokenizer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The tokenizers of models by their folders, each read once. */
final class Tokenizers implements AutoCloseable {
    private final Map<Path, Tokenizer> open = new HashMap<>();

    Tokenizer of(Path folder) {
        return open.computeIfAbsent(folder, Tokenizer::load);
    }

    @Override
    public void close() {
        open.values().forEach(Tokenizer::close);
        open.clear();
    }
}
