package ffmerge.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A model's {@code config.json} as its family has it. A folder that other programs must not take for one of the family's has
 * a {@code model_type} of this program's; what the family's config says in its place stands under {@value #OWN}.
 */
public final class FamilyConfig {
    /** The key of what only this program knows of a model, and how such types begin. */
    public static final String OWN = "ffmerge";

    public static final String TYPE = "model_type";
    public static final String ARCHITECTURES = "architectures";
    /** Which classes of a modeling file transformers' Auto classes are to take. */
    public static final String CLASSES = "auto_map";
    /** The modeling file's name and digest, under {@value #OWN}. */
    public static final String MODELING = "modeling";
    /** Alias → kept: of the file for everybody, in the family's config under {@value #OWN}. */
    public static final String TIES = "ties";

    private FamilyConfig() {}

    /** @param file what the file holds; it is changed where this program wrote it, and given back */
    public static ObjectNode of(ObjectNode file) {
        JsonNode under = file.path(OWN);
        if (!(under instanceof ObjectNode own)
                || !file.path(TYPE).asText().startsWith(OWN)
                || !own.path(TYPE).isTextual()) {
            return file;
        }
        file.set(TYPE, own.remove(TYPE));
        if (own.remove(MODELING) != null) {
            file.remove(CLASSES);
            replace(file, ARCHITECTURES, own.remove(ARCHITECTURES));
            replace(own, TIES, file.remove(TIES));
        }
        if (own.isEmpty()) {
            file.remove(OWN);
        }
        return file;
    }

    private static void replace(ObjectNode json, String key, JsonNode value) {
        if (value == null) {
            json.remove(key);
        } else {
            json.set(key, value);
        }
    }
}
