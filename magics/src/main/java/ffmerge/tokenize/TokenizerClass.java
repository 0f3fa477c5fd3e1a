package ffmerge.tokenize;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NullNode;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a tokenizer's class makes of a {@code tokenizer.json}. Some classes of transformers take its vocabulary, its merges,
 * and its template alone, or not even that, and cut texts by rules and settings of their own: so {@code add_prefix_space} of
 * {@code tokenizer_config.json} counts for GPT-2, not the file's. Which class it is, {@code AutoTokenizer} of transformers 5
 * tells by {@code tokenizer_config.json}, then {@code config.json}; the rules are the table {@code classes.json}.
 */
final class TokenizerClass {
    private static final JsonNode TABLE = table();
    private static final String PREFIX = "add_prefix_space";
    private static final String CONFIG = "tokenizer_config.json";
    private static final String NORMALIZER = "normalizer";
    /** The normalizer that SentencePiece compiled: what of a file's classes take over. */
    private static final String PRECOMPILED = "Precompiled";

    private final JsonNode rules; // missing where the file is taken as it is
    private final JsonNode config;
    private final Path folder;

    private TokenizerClass(JsonNode rules, JsonNode config, Path folder) {
        this.rules = rules;
        this.config = config;
        this.folder = folder;
    }

    private static JsonNode table() {
        try (InputStream in = TokenizerClass.class.getResourceAsStream("/ffmerge/tokenize/classes.json")) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * @param tokenizer a JSON that has been checked
     * @throws UserError if a file of the folder can't be read
     */
    static TokenizerClass of(ObjectNode tokenizer, Path folder) {
        JsonNode config = readIfThere(folder.resolve(CONFIG));
        JsonNode model = readIfThere(folder.resolve("config.json"));
        JsonNode family = model instanceof ObjectNode file ? FamilyConfig.of(file) : model;
        JsonNode rules = TABLE.path("rules").path(name(tokenizer, config, family));
        boolean fits = tokenizer
                .path("model")
                .path("type")
                .asText()
                .equals(rules.path("type").asText("BPE"));
        return new TokenizerClass(fits ? rules : MissingNode.getInstance(), config, folder);
    }

    /**
     * Puts the class's own parts in the places of the file's.
     *
     * @param tokenizer is changed
     * @throws UserError if a setting can't be meant
     */
    void apply(ObjectNode tokenizer) {
        if (rules.isMissingNode()) {
            return;
        }
        ((ObjectNode) tokenizer.get("model")).setAll((ObjectNode) rules.get("model"));
        tokenizer.set(NORMALIZER, normalizer(tokenizer.path(NORMALIZER)));
        tokenizer.set("pre_tokenizer", rules.get("pre_tokenizer").deepCopy());
        tokenizer.set("decoder", rules.get("decoder").deepCopy());
        String cuts = tokenizer.path("pre_tokenizer").path("type").asText();
        if (cuts.equals("Metaspace") && rules.path("template").isMissingNode()) {
            setMetaspace(tokenizer, flag(PREFIX, true), flag("legacy", false));
        } else if (cuts.equals("ByteLevel")) {
            ((ObjectNode) tokenizer.get("pre_tokenizer")).put(PREFIX, flag(PREFIX, false));
        } else if (cuts.equals("BertPreTokenizer")) {
            setBert(tokenizer);
        }
    }

    /** Lower case, and what goes with it, as the configuration says, whatever the file has. */
    private void setBert(ObjectNode tokenizer) {
        String accents = "strip_accents";
        ObjectNode normalizer = tokenizer.putObject(NORMALIZER).put("type", "BertNormalizer");
        normalizer.put("clean_text", true);
        normalizer.put("handle_chinese_chars", flag("tokenize_chinese_chars", true));
        normalizer.set(
                accents,
                config.hasNonNull(accents) ? BooleanNode.valueOf(flag(accents, false)) : NullNode.getInstance());
        normalizer.put("lowercase", flag("do_lower_case", true));
    }

    /** The class's normalizer: one, or several in a row, of which the file's own precompiled one may be one. */
    private JsonNode normalizer(JsonNode own) {
        JsonNode rule = rules.get(NORMALIZER);
        if (!rule.isArray()) {
            return rule;
        }
        Optional<JsonNode> precompiled =
                own.findParents("precompiled_charsmap").stream().findFirst();
        if (precompiled.isEmpty() && rules.has("normalizerOnlyWith")) {
            return NullNode.getInstance();
        }
        ArrayNode row = JsonNodeFactory.instance.arrayNode();
        for (JsonNode each : rule) {
            if (!each.asText().equals(PRECOMPILED)) {
                row.add(each.deepCopy());
            } else {
                precompiled.ifPresent(row::add);
            }
        }
        ObjectNode sequence = JsonNodeFactory.instance.objectNode().put("type", "Sequence");
        sequence.set("normalizers", row);
        return row.isEmpty() ? NullNode.getInstance() : sequence;
    }

    /**
     * The special tokens that the class puts around a text, whatever the file's template does; empty where that does it.
     *
     * @param target whether the text is one that the model is to make, which may be in another language
     * @throws UserError if a setting can't be meant
     */
    Optional<TextTemplate> template(TokensBeside beside, boolean target) {
        if (!rules.has("template")) {
            return Optional.empty();
        }
        String legacy = "legacy_behaviour";
        JsonNode around = rules.has(legacy) && flag(legacy, false) ? rules.get(legacy) : rules.get("template");
        return Optional.of(new TextTemplate(
                tokens(around.get("before"), beside, target), tokens(around.get("behind"), beside, target)));
    }

    private List<String> tokens(JsonNode names, TokensBeside beside, boolean target) {
        List<String> tokens = new ArrayList<>();
        names.forEach(name -> tokens.add(
                name.asText().equals("language")
                        ? language(target)
                        : beside.named(name.asText(), usual(name.asText()))));
        return tokens;
    }

    /** What a special token looks like where no file says it. */
    private String usual(String name) {
        return rules.path("tokens").path(name).asText(name.equals("cls_token") ? "<s>" : "</s>");
    }

    /** The code of the language of sources or targets; "" where the class has none. */
    String language(boolean target) {
        String source = config.path("src_lang").asText(rules.path("language").asText());
        return target ? config.path("tgt_lang").asText(source) : source;
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
        return own.isNull() || named.equals("LlamaTokenizer") && hasBytes
                ? ""
                : TABLE.path("sameAs").path(named).asText(named);
    }

    private static void setMetaspace(ObjectNode tokenizer, boolean prefix, boolean legacy) {
        String scheme = prefix ? legacy ? "always" : "first" : "never";
        ((ObjectNode) tokenizer.get("pre_tokenizer")).set("prepend_scheme", TextNode.valueOf(scheme));
        if (!prefix) { // there is no space to strip from a decoded text
            ArrayNode decoders = (ArrayNode) tokenizer.get("decoder").get("decoders");
            decoders.remove(decoders.size() - 1);
        }
    }

    private boolean flag(String name, boolean absent) {
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
