package ffmerge.study;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.model.TransformerModel;
import ffmerge.result.Lineage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/** How a model came to be, in the file of its folder that says so. */
public final class SavedLineage {
    /** The file's name. */
    public static final String FILE = TransformerModel.OUR_NOTES;

    private static final String WORDS = "model";
    private static final String TYPED = "lineage";
    private static final String FROZEN = "frozen";
    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private SavedLineage() {}

    /** Of a model's folder: as {@code save} noted it there, else the folder's name. */
    public static Lineage of(Path folder) {
        Path noted = folder.resolve(FILE);
        String name = folder.getFileName().toString();
        if (!Files.isRegularFile(noted)) {
            return new Lineage(name);
        }
        try {
            JsonNode notes = JSON.readTree(noted.toFile());
            if (!notes.path(TYPED).path("source").isTextual()) {
                return Lineage.inWords(notes.path(WORDS).asText(name)); // of version 0.1
            }
            return JSON.treeToValue(notes.get(TYPED), Lineage.class);
        } catch (IOException e) {
            return new Lineage(name); // somebody else's file of that name
        }
    }

    /** The names of weights that training leaves as they are, as {@code save} noted them in a model's folder. */
    public static Set<String> frozen(Path folder) {
        Set<String> frozen = new LinkedHashSet<>();
        try {
            JSON.readTree(folder.resolve(FILE).toFile()).path(FROZEN).forEach(name -> frozen.add(name.asText()));
        } catch (IOException e) {
            return Set.of(); // none, or somebody else's file of that name
        }
        return frozen;
    }

    /** Adds what a file's content says of weights that training leaves as they are. */
    static void putFrozen(ObjectNode notes, Set<String> frozen) {
        if (!frozen.isEmpty()) {
            frozen.forEach(notes.putArray(FROZEN)::add);
        }
    }

    /** The file's content: in words, for people and older versions, and as it is. */
    static ObjectNode json(Lineage lineage) {
        ObjectNode notes = JSON.createObjectNode().put(WORDS, lineage.toString());
        notes.set(TYPED, JSON.valueToTree(lineage));
        return notes;
    }
}
