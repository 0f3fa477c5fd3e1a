package ffmerge.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import ffmerge.checkpoint.GgufFile;
import ffmerge.json.PythonJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tokenizer in a GGUF file, as the {@code tokenizer.json} that it was made from: byte pairs over bytes as characters. */
final class GgufTokenizer {
    private static final String PREFIX = "tokenizer.ggml.";
    private static final long CONTROL = 3;
    private static final long USER_DEFINED = 4;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final GgufFile file;

    private GgufTokenizer(GgufFile file) {
        this.file = file;
    }

    /** Why the file's tokenizer isn't read, in words; empty where it is. */
    static Optional<String> obstacle(GgufFile file) {
        Object model = file.values().get(PREFIX + "model");
        if (!"gpt2".equals(model)) {
            return Optional.of(
                    model == null ? "it holds no tokenizer" : "its tokenizer is of the kind '" + model + "'");
        }
        String splitting = new GgufTokenizer(file).splitting();
        return rules().has(splitting)
                ? Optional.empty()
                : Optional.of("its tokenizer splits texts as '" + splitting + "' does");
    }

    /**
     * @throws UserError if its parts don't fit each other
     */
    static ObjectNode of(GgufFile file) {
        return new GgufTokenizer(file).tokenizer();
    }

    /** The names of special tokens, as {@code tokenizer_config.json} has them. */
    static ObjectNode config(GgufFile file) {
        ObjectNode config = JSON.createObjectNode().put("tokenizer_class", "PreTrainedTokenizerFast");
        GgufTokenizer tokenizer = new GgufTokenizer(file);
        Map.of("bos", "bos", "eos", "eos", "unk", "unknown", "pad", "padding").entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(e -> tokenizer.token(e.getValue()).ifPresent(text -> config.put(e.getKey() + "_token", text)));
        if (file.values().get("tokenizer.chat_template") instanceof String template) {
            config.put("chat_template", template);
        }
        return config;
    }

    private static JsonNode rules() {
        try (InputStream in = GgufTokenizer.class.getResourceAsStream("/ffmerge/gguf/splitting/rules.json")) {
            return PythonJson.parse(in.readAllBytes(), "rules.json");
        } catch (IOException e) {
            throw new UncheckedIOException(e); // it is part of this library
        }
    }

    /** What files call the way in which a tokenizer splits texts; null where they have no name for it. */
    static String splitting(JsonNode tokenizer) {
        if (!tokenizer.path("model").path("type").asText().equals("BPE")
                || tokenizer.path("normalizer").isObject()) {
            return null;
        }
        JsonNode splits = tokenizer.path("pre_tokenizer");
        boolean whole = tokenizer.path("model").path("ignore_merges").asBoolean();
        return rules().properties().stream()
                .filter(rule -> rule.getValue().get("pre_tokenizer").equals(splits)
                        && rule.getValue().path("ignore_merges").asBoolean() == whole)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    private String splitting() {
        return file.values().getOrDefault(PREFIX + "pre", "gpt-2").toString();
    }

    private List<?> list(String key) {
        if (file.values().get(PREFIX + key) instanceof List<?> list) {
            return list;
        }
        throw new UserError(file.path() + " has no list '" + PREFIX + key + "'");
    }

    private Optional<String> token(String role) {
        List<?> tokens = list("tokens");
        return file.values().get(PREFIX + role + "_token_id") instanceof Long id && id >= 0 && id < tokens.size()
                ? Optional.of(tokens.get(id.intValue()).toString())
                : Optional.empty();
    }

    private ObjectNode tokenizer() {
        JsonNode rules = rules().get(splitting());
        List<?> tokens = list("tokens");
        ObjectNode tokenizer = JSON.createObjectNode().put("version", "1.0");
        tokenizer.putNull("truncation").putNull("padding");
        tokenizer.set("added_tokens", added(tokens));
        tokenizer.putNull("normalizer");
        tokenizer.set("pre_tokenizer", rules.get("pre_tokenizer"));
        tokenizer.set("post_processor", begin(rules.path("bos").asBoolean()));
        tokenizer
                .putObject("decoder")
                .put("type", "ByteLevel")
                .put("add_prefix_space", true)
                .put("trim_offsets", true)
                .put("use_regex", true);
        ObjectNode model = tokenizer.putObject("model").put("type", "BPE");
        model.putNull("dropout")
                .putNull("unk_token")
                .putNull("continuing_subword_prefix")
                .putNull("end_of_word_suffix");
        model.put("fuse_unk", false).put("byte_fallback", false);
        model.put("ignore_merges", rules.path("ignore_merges").asBoolean());
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.put(tokens.get(id).toString(), id);
        }
        if (vocabulary.size() != tokens.size()) {
            throw new UserError(file.path() + ": '" + PREFIX + "tokens' names a token twice");
        }
        ArrayNode merges = model.putArray("merges");
        for (Object merge : list("merges")) {
            String[] both = merge.toString().split(" ", -1);
            if (both.length != 2 || !vocabulary.has(both[0]) || !vocabulary.has(both[1])) {
                throw new UserError(
                        file.path() + ": '" + PREFIX + "merges' names '" + merge + "', which are no two tokens");
            }
            merges.addArray().add(both[0]).add(both[1]);
        }
        return tokenizer;
    }

    /** Tokens that a text is first searched for. */
    private ArrayNode added(List<?> tokens) {
        ArrayNode added = JSON.createArrayNode();
        List<?> types = file.values().get(PREFIX + "token_type") instanceof List<?> list ? list : List.of();
        for (int id = 0; id < Math.min(types.size(), tokens.size()); id++) {
            boolean control = types.get(id).equals(CONTROL);
            if (control || types.get(id).equals(USER_DEFINED)) {
                added.addObject()
                        .put("id", id)
                        .put("content", tokens.get(id).toString())
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", control);
            }
        }
        return added;
    }

    /** Puts the token that texts begin with in front, where the file, or else its way of splitting, says so. */
    private JsonNode begin(boolean usual) {
        ObjectNode bytes = JSON.createObjectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", true)
                .put("trim_offsets", false)
                .put("use_regex", true);
        Optional<String> bos = token("bos");
        boolean add = file.values().get(PREFIX + "add_bos_token") instanceof Boolean said ? said : usual;
        if (!add || bos.isEmpty()) {
            return bytes;
        }
        ObjectNode template = JSON.createObjectNode().put("type", "TemplateProcessing");
        ArrayNode single = template.putArray("single");
        ArrayNode pair = template.putArray("pair");
        special(single, bos.get());
        sequence(single, "A", 0);
        special(pair, bos.get());
        sequence(pair, "A", 0);
        sequence(pair, "B", 1);
        ObjectNode token =
                template.putObject("special_tokens").putObject(bos.get()).put("id", bos.get());
        token.putArray("ids").add((Long) file.values().get(PREFIX + "bos_token_id"));
        token.putArray("tokens").add(bos.get());
        ObjectNode both = JSON.createObjectNode().put("type", "Sequence");
        both.putArray("processors").add(bytes).add(template);
        return both;
    }

    private static void special(ArrayNode into, String token) {
        into.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
    }

    private static void sequence(ArrayNode into, String which, int type) {
        into.addObject().putObject("Sequence").put("id", which).put("type_id", type);
    }
}
