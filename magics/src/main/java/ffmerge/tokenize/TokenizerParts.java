package ffmerge.tokenize;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Checks the text of a {@code tokenizer.json} before a library sees it, so that a refusal names the field. What parts there
 * are and which fields they have is the table {@code parts.json}; a field with {@code ?} may be missing or null.
 *
 * @see <a href="https://github.com/huggingface/tokenizers">the library, tokenizers/src</a>
 */
final class TokenizerParts {
    private static final Map<String, Map<String, Map<String, String>>> TABLE = table();

    /** A text that is longer is no token and no setting. */
    private static final int LONGEST_TEXT = 10_000;
    /** The table of a normalizer that SentencePiece compiled has 300 kB. */
    private static final int LONGEST_TABLE = 16 << 20;
    /** Deeper than any file that was ever written, less deep than what libraries take. */
    private static final int DEEPEST = 64;

    private static final int LARGEST_VOCABULARY = 1 << 24;

    private static final List<String> BEHAVIORS =
            List.of("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous");
    private static final List<String> SCHEMES = List.of("always", "never", "first");

    private final String file;
    private final ObjectNode json;

    private TokenizerParts(ObjectNode json, String file) {
        this.json = json;
        this.file = file;
    }

    private static Map<String, Map<String, Map<String, String>>> table() {
        try (InputStream in = TokenizerParts.class.getResourceAsStream("/ffmerge/tokenize/parts.json")) {
            return new ObjectMapper().readValue(in, new TypeReference<>() {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws UserError if something is not as the library's own files have it */
    static void check(ObjectNode json, String file) {
        TokenizerParts parts = new TokenizerParts(json, file);
        parts.requireText(json, "", 0);
        parts.require(json.path("version").asText().equals("1.0"), "version", "\"1.0\"", json.path("version"));
        parts.model();
        parts.addedTokens();
        for (String part : TABLE.keySet()) {
            if (!part.equals("model") && !json.path(part).isNull() && json.has(part)) {
                parts.part(part, json.get(part), part);
            }
        }
    }

    private UserError wrong(String path, String should, JsonNode value) {
        String shown = value.isMissingNode() ? "missing" : value.toString();
        return new UserError(file + ": '" + path + "' should be " + should + ", is "
                + (shown.length() > 100 ? shown.substring(0, 100) + "…" : shown));
    }

    /** No text is endless, none holds half a character, and nothing is nested without end. */
    private void requireText(JsonNode value, String path, int depth) {
        if (depth > DEEPEST) {
            throw new UserError(file + ": '" + path + "' is nested too deeply");
        }
        if (value.isTextual()) {
            requireText(value.asText(), path, path.endsWith(".precompiled_charsmap") ? LONGEST_TABLE : LONGEST_TEXT);
        }
        value.properties().forEach(entry -> {
            requireText(entry.getKey(), path.isEmpty() ? "a field's name" : "a name in " + path, LONGEST_TEXT);
            requireText(entry.getValue(), path.isEmpty() ? entry.getKey() : path + "." + entry.getKey(), depth + 1);
        });
        if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                requireText(value.get(i), path + "[" + i + "]", depth + 1);
            }
        }
    }

    private void requireText(String text, String path, int longest) {
        if (text.length() > longest) {
            throw new UserError(
                    String.format("%s: '%s' has %,d characters, too many to be true", file, path, text.length()));
        }
        if (text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            throw new UserError(file + ": '" + path + "' holds half of a surrogate pair, which is no character");
        }
    }

    private void part(String kind, JsonNode part, String path) {
        JsonNode type = part.path("type");
        Map<String, String> fields = TABLE.get(kind).get(type.asText());
        if (fields == null || !type.isTextual()) {
            throw wrong(
                    path + ".type",
                    "one of " + String.join(", ", new TreeSet<>(TABLE.get(kind).keySet())),
                    type);
        }
        fields.forEach((name, form) -> {
            JsonNode value = part.path(name);
            boolean optional = form.endsWith("?");
            if (!optional || !value.isMissingNode() && !value.isNull()) {
                field(kind, value, optional ? form.substring(0, form.length() - 1) : form, path + "." + name);
            }
        });
    }

    private void field(String kind, JsonNode value, String form, String path) {
        switch (form) {
            case "flag" -> require(value.isBoolean(), path, "true or false", value);
            case "text" -> require(value.isTextual(), path, "a text", value);
            case "base64" -> require(isBase64(value), path, "a table in base64", value);
            case "character" ->
                require(
                        value.isTextual()
                                && value.asText()
                                                .codePointCount(
                                                        0, value.asText().length())
                                        == 1,
                        path,
                        "one character",
                        value);
            case "behavior" -> requireOneOf(BEHAVIORS, value, path);
            case "scheme" -> requireOneOf(SCHEMES, value, path);
            case "count" -> require(isCount(value), path, "a whole number", value);
            case "positive" -> require(isCount(value) && value.asInt() > 0, path, "a positive whole number", value);
            case "nothing" ->
                require(
                        value.asDouble() == 0 && value.isNumber(),
                        path,
                        "null (tokens by chance aren't supported)",
                        value);
            case "pattern" ->
                require(
                        value.size() == 1
                                && (value.path("String").isTextual()
                                        || value.path("Regex").isTextual()),
                        path,
                        "a pattern, {\"String\": …} or {\"Regex\": …}",
                        value);
            case "token" ->
                require(
                        value.size() == 2 && value.path(0).isTextual() && isCount(value.path(1)),
                        path,
                        "a token and its id",
                        value);
            case "parts" -> parts(kind, value, path);
            case "template" -> template(value, path);
            case "template-tokens" -> templateTokens(value, path);
            case "vocabulary" -> vocabulary(value, path);
            case "scores" -> scores(value, path);
            case "merges" -> merges(value, path);
            default -> throw new IllegalStateException("the table of parts has the form " + form);
        }
    }

    private void require(boolean sound, String path, String should, JsonNode value) {
        if (!sound) {
            throw wrong(path, should, value);
        }
    }

    private void requireOneOf(List<String> words, JsonNode value, String path) {
        require(words.contains(value.asText()), path, "one of " + String.join(", ", words), value);
    }

    private static boolean isCount(JsonNode value) {
        return value.isIntegralNumber() && value.canConvertToInt() && value.asInt() >= 0;
    }

    private static boolean isBase64(JsonNode value) {
        try {
            return value.isTextual() && value.binaryValue().length > 4;
        } catch (IOException e) {
            return false;
        }
    }

    private void parts(String kind, JsonNode list, String path) {
        require(list.isArray(), path, "a list", list);
        for (int i = 0; i < list.size(); i++) {
            part(kind, list.get(i), path + "[" + i + "]");
        }
    }

    private void template(JsonNode pieces, String path) {
        require(pieces.isArray(), path, "a list", pieces);
        JsonNode known = json.path("post_processor").findPath("special_tokens");
        for (int i = 0; i < pieces.size(); i++) {
            String at = path + "[" + i + "]";
            JsonNode piece = pieces.get(i);
            JsonNode token = piece.path("SpecialToken");
            boolean sequence = piece.path("Sequence").path("id").asText().matches("[AB]");
            require(
                    piece.size() == 1 && (sequence || token.path("id").isTextual()),
                    at,
                    "a Sequence or a SpecialToken",
                    piece);
            require(
                    isCount(piece.elements().next().path("type_id")),
                    at + ".type_id",
                    "a whole number",
                    piece.elements().next().path("type_id"));
            require(
                    sequence || known.has(token.path("id").asText()),
                    at,
                    "a token of the template's special_tokens",
                    piece);
        }
    }

    private void templateTokens(JsonNode tokens, String path) {
        require(tokens.isObject(), path, "an object", tokens);
        tokens.properties().forEach(entry -> {
            String at = path + "." + entry.getKey();
            JsonNode token = entry.getValue();
            require(token.path("id").isTextual(), at + ".id", "a text", token.path("id"));
            require(
                    token.path("ids").isArray() && all(token.path("ids"), TokenizerParts::isCount),
                    at + ".ids",
                    "a list of token ids",
                    token.path("ids"));
            require(
                    token.path("tokens").isArray()
                            && token.path("tokens").size() == token.path("ids").size()
                            && all(token.path("tokens"), JsonNode::isTextual),
                    at + ".tokens",
                    "a list of as many tokens as ids",
                    token.path("tokens"));
        });
    }

    private static boolean all(JsonNode list, Predicate<JsonNode> sound) {
        for (JsonNode item : list) {
            if (!sound.test(item)) {
                return false;
            }
        }
        return true;
    }

    private void addedTokens() {
        JsonNode tokens = json.path("added_tokens");
        require(tokens.isArray(), "added_tokens", "a list", tokens);
        for (int i = 0; i < tokens.size(); i++) {
            addedToken(tokens.get(i), "added_tokens[" + i + "]");
        }
    }

    private void addedToken(JsonNode token, String path) {
        require(isId(token.path("id")), path + ".id", "a token id", token.path("id"));
        require(token.path("content").isTextual(), path + ".content", "a text", token.path("content"));
        for (String flag : AddedToken.FLAGS) {
            require(token.path(flag).isBoolean(), path + "." + flag, "true or false", token.path(flag));
        }
    }

    /** Files of old don't say of what type their model is. */
    private void model() {
        JsonNode model = json.path("model");
        require(model.isObject(), "model", "an object", model);
        if (!model.has("type")) {
            vocabulary(model.path("vocab"), "model.vocab");
        } else {
            part("model", model, "model");
        }
    }

    private static boolean isId(JsonNode value) {
        return isCount(value) && value.asInt() < LARGEST_VOCABULARY;
    }

    private void vocabulary(JsonNode vocabulary, String path) {
        if (vocabulary.isArray() && !json.path("model").has("type")) {
            scores(vocabulary, path);
            return;
        }
        require(vocabulary.isObject() && !vocabulary.isEmpty(), path, "an object of ids by their tokens", vocabulary);
        vocabulary.properties().forEach(entry -> {
            require(isId(entry.getValue()), path + "." + entry.getKey(), "a token id", entry.getValue());
        });
        JsonNode unknown = json.path("model").path("unk_token");
        boolean needsUnknown = json.path("model").path("type").asText().startsWith("Word");
        require(
                !needsUnknown || vocabulary.has(unknown.asText()),
                "model.unk_token",
                "a token of the vocabulary",
                unknown);
    }

    /** Unigram's vocabulary: tokens and the logarithms of their probabilities. */
    private void scores(JsonNode vocabulary, String path) {
        require(vocabulary.isArray() && !vocabulary.isEmpty(), path, "a list of tokens and scores", vocabulary);
        for (int i = 0; i < vocabulary.size(); i++) {
            JsonNode piece = vocabulary.get(i);
            require(
                    piece.size() == 2
                            && piece.path(0).isTextual()
                            && !piece.path(0).asText().isEmpty()
                            && piece.path(1).isNumber()
                            && Double.isFinite(piece.path(1).asDouble()),
                    path + "[" + i + "]",
                    "a token and its score",
                    piece);
        }
        JsonNode unknown = json.path("model").path("unk_id");
        require(
                !unknown.isNumber() || isCount(unknown) && unknown.asInt() < vocabulary.size(),
                "model.unk_id",
                "the number of a token in the vocabulary",
                unknown);
    }

    /** Two tokens that are in the vocabulary, as is what becomes of them. */
    private void merges(JsonNode merges, String path) {
        require(merges.isArray(), path, "a list", merges);
        JsonNode vocabulary = json.path("model").path("vocab");
        String prefix = json.path("model").path("continuing_subword_prefix").asText("");
        if (json.path("model").path("continuing_subword_prefix").isNull()) {
            prefix = "";
        }
        for (int i = 0; i < merges.size(); i++) {
            JsonNode merge = merges.get(i);
            if (merge.asText().startsWith("#version")) {
                continue; // the first line of merges.txt, where the list was made of one
            }
            String[] pair = merge.isArray() && merge.size() == 2 && all(merge, JsonNode::isTextual)
                    ? new String[] {merge.get(0).asText(), merge.get(1).asText()}
                    : merge.isTextual() ? merge.asText().split(" ", -1) : new String[0];
            require(pair.length == 2, path + "[" + i + "]", "a pair of tokens", merge);
            require(
                    pair[1].startsWith(prefix),
                    path + "[" + i + "][1]",
                    "a token that begins with the continuing_subword_prefix '" + prefix + "'",
                    merge);
            for (String token : new String[] {pair[0], pair[1], pair[0] + pair[1].substring(prefix.length())}) {
                if (!vocabulary.has(token)) {
                    throw wrong(
                            path + "[" + i + "]", "a pair of tokens of the vocabulary; '" + token + "' is none", merge);
                }
            }
        }
    }
}
