package ffmerge.tokenize;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import ffmerge.UserError;
import ffmerge.json.FamilyConfig;
import ffmerge.json.PythonJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a tokenizer's class makes of a {@code tokenizer.json}. Some classes of transformers take its vocabulary, its merges,
 * and its template alone, and cut texts by rules and settings of their own: so {@code add_prefix_space} of
 * {@code tokenizer_config.json} counts for GPT-2, not the file's. Which class it is, {@code AutoTokenizer} of transformers 5
 * tells by {@code tokenizer_config.json}, then {@code config.json}; the rules are the table {@code classes.json}.
 */
final class TokenizerClass {
    private static final JsonNode TABLE = table();
    private static final String PREFIX = "add_prefix_space";
    private static final String CONFIG = "tokenizer_config.json";

    private TokenizerClass() {}

    private static JsonNode table() {
        try (InputStream in = TokenizerClass.class.getResourceAsStream("/ffmerge/tokenize/classes.json")) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * @param tokenizer a JSON that has been checked; it is changed
     * @throws UserError if a file of the folder can't be read, or a setting can't be meant
     */
    static void apply(ObjectNode tokenizer, Path folder) {
        JsonNode config = readIfThere(folder.resolve(CONFIG));
        JsonNode model = readIfThere(folder.resolve("config.json"));
        JsonNode family = model instanceof ObjectNode file ? FamilyConfig.of(file) : model;
        JsonNode rules = TABLE.path("rules").path(name(tokenizer, config, family));
        if (rules.isMissingNode()
                || !tokenizer.path("model").path("type").asText().equals("BPE")) {
            return;
        }
        ((ObjectNode) tokenizer.get("model")).setAll((ObjectNode) rules.get("model"));
        tokenizer.set("normalizer", rules.get("normalizer"));
        tokenizer.set("pre_tokenizer", rules.get("pre_tokenizer").deepCopy());
        tokenizer.set("decoder", rules.get("decoder").deepCopy());
        if (isMetaspace(tokenizer)) {
            setMetaspace(tokenizer, flag(config, PREFIX, true, folder), flag(config, "legacy", false, folder));
        } else {
            ((ObjectNode) tokenizer.get("pre_tokenizer")).put(PREFIX, flag(config, PREFIX, false, folder));
        }
    }

    /** The class's name without {@code Fast}, which says nothing any more; "" where the file is taken as it is. */
    private static String name(JsonNode tokenizer, JsonNode config, JsonNode model) {
        // null: a model of this type has no class of its own, whatever its files name
        JsonNode own = TABLE.path("byModelType").path(model.path("model_type").asText());
        String named = Stream.of(config.path("tokenizer_class"), model.path("tokenizer_class"), own)
                .filter(JsonNode::isTextual)
                .map(JsonNode::asText)
                .findFirst()
                .orElse("")
                .replaceFirst("Fast$", "");
        boolean hasBytes =
                tokenizer.path("pre_tokenizer").findValuesAsText("type").contains("ByteLevel");
        return own.isNull() || named.equals("LlamaTokenizer") && hasBytes ? "" : named;
    }

    private static boolean isMetaspace(JsonNode tokenizer) {
        return tokenizer.path("pre_tokenizer").path("type").asText().equals("Metaspace");
    }

    private static void setMetaspace(ObjectNode tokenizer, boolean prefix, boolean legacy) {
        String scheme = prefix ? legacy ? "always" : "first" : "never";
        ((ObjectNode) tokenizer.get("pre_tokenizer")).set("prepend_scheme", TextNode.valueOf(scheme));
        if (!prefix) { // there is no space to strip from a decoded text
            ArrayNode decoders = (ArrayNode) tokenizer.get("decoder").get("decoders");
            decoders.remove(decoders.size() - 1);
        }
    }

    private static boolean flag(JsonNode config, String name, boolean absent, Path folder) {
        JsonNode flag = config.path(name);
        if (flag.isMissingNode() || flag.isNull()) {
            return absent;
        }
        if (!flag.isBoolean()) {
            throw new UserError(folder.resolve(CONFIG) + ": '" + name + "' should be true or false, is " + flag);
        }
        return flag.asBoolean();
    }

    private static JsonNode readIfThere(Path file) {
        return Files.exists(file) ? PythonJson.readObject(file) : MissingNode.getInstance();
    }
}
