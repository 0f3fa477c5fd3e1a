package ffmerge.hub;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.ModelFileNames;
import ffmerge.UserError;
import ffmerge.json.PythonJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Which of a repository's files a model needs: its configuration, its tokenizer, and its weights in one format. */
final class ModelFiles {
    static final String CONFIG = ModelFileNames.CONFIG;

    /** In the order of what is best. */
    private static final List<String> WEIGHTS = List.of(
            "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json");

    private ModelFiles() {}

    /** The files beside the weights. */
    static List<String> besideWeights(Collection<String> names) {
        return names.stream()
                .filter(name -> name.indexOf('/') < 0)
                .filter(ModelFileNames::isBesideWeights)
                .sorted()
                .toList();
    }

    /** The file of the weights, or the index of several. */
    static Optional<String> weights(Collection<String> names) {
        return WEIGHTS.stream().filter(names::contains).findFirst();
    }

    static boolean isIndex(String weights) {
        return weights.endsWith(".index.json");
    }

    /**
     * The files that an index speaks of.
     *
     * @throws UserError if it is no index
     */
    static Set<String> shards(Path index) {
        JsonNode weightMap = PythonJson.read(index).path("weight_map");
        Set<String> shards = new TreeSet<>();
        weightMap.forEach(file -> shards.add(file.asText()));
        if (shards.isEmpty()) {
            throw new UserError(index + " has no weight_map");
        }
        return shards;
    }

    /** Whether a snapshot can be loaded as it is. */
    static boolean isComplete(Path snapshot) {
        Optional<String> weights =
                WEIGHTS.stream().filter(w -> Files.exists(snapshot.resolve(w))).findFirst();
        if (weights.isEmpty() || !Files.exists(snapshot.resolve(CONFIG))) {
            return false;
        }
        return !isIndex(weights.get())
                || shards(snapshot.resolve(weights.get())).stream()
                        .allMatch(shard -> shard.indexOf('/') < 0 && Files.exists(snapshot.resolve(shard)));
    }
}
