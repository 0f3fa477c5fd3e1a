package ffmerge.workload;

import ffmerge.data.Tokenizer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The tokenizers of models by their folders, each read once, and anew where a file has changed since. */
final class Tokenizers implements AutoCloseable {
    /** By the folder's stamp; an older one may be in use still. */
    private final Map<String, Tokenizer> open = new HashMap<>();

    Tokenizer of(Path folder) {
        return open.computeIfAbsent(folder + "\n" + Stamp.of(folder), key -> Tokenizer.load(folder));
    }

    @Override
    public void close() {
        open.values().forEach(Tokenizer::close);
        open.clear();
    }
}
