package ffmerge.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the numbers of tokens mean, as the files of models say. */
public final class Vocabulary {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Vocabulary() {}

    /**
     * Whether the files of two models' folders give numbers other meanings. Of files that can't be compared, as none has a
     * list of tokens of the same kind, nothing is said against it.
     */
    public static boolean differs(Path folder, Path other) {
        return !isSame(folder, other).orElse(true);
    }

    /** Whether the files of two models' folders give numbers the same meanings; empty where they can't be compared. */
    public static Optional<Boolean> isSame(Path folder, Path other) {
        if (folder.equals(other)) {
            return Optional.of(true);
        }
        for (List<String> place : List.of(List.of("tokenizer.json", "/model/vocab"), List.of("vocab.json", ""))) {
            Optional<JsonNode> own = read(folder.resolve(place.get(0)), place.get(1));
            Optional<JsonNode> others = read(other.resolve(place.get(0)), place.get(1));
            if (own.isPresent() && others.isPresent()) {
                return Optional.of(own.equals(others));
            }
        }
        return Optional.empty();
    }

    private static Optional<JsonNode> read(Path file, String pointer) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readTree(file.toFile()).at(pointer)).filter(JsonNode::isContainerNode);
        } catch (IOException e) {
            return Optional.empty(); // whoever reads texts with it says what is wrong
        }
    }
}
