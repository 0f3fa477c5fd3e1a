package ffmerge.tokenize;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import ffmerge.json.PythonJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The tokens that files beside a vocabulary add to it: {@code added_tokens_decoder} and the special tokens of
 * {@code tokenizer_config.json}, else those of {@code special_tokens_map.json} and {@code added_tokens.json}; as transformers
 * 5 reads them in {@code PreTrainedTokenizerBase._from_pretrained}.
 */
public final class TokensBeside {
    private static final String CONFIG = "tokenizer_config.json";
    private static final String MAP = "special_tokens_map.json";
    private static final String ADDED = "added_tokens.json";
    private static final String DECODER = "added_tokens_decoder";
    private static final String EXTRA = "extra_special_tokens";
    /** The older name of {@link #EXTRA}. */
    private static final String ADDITIONAL = "additional_special_tokens";

    private static final List<String> NAMED =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    private final Map<Integer, AddedToken> byId = new TreeMap<>();
    private final Map<String, AddedToken> named = new LinkedHashMap<>();
    private final List<AddedToken> extra = new ArrayList<>();

    private boolean ofConfig;

    private TokensBeside() {}

    /** @throws UserError if a file can't be read, or what it adds is no token */
    public static TokensBeside of(Path folder) {
        TokensBeside tokens = new TokensBeside();
        tokens.read(folder);
        return tokens;
    }

    /** Tokens by the ids that the files give them; those among {@link #special} are special. */
    public Map<Integer, AddedToken> byId() {
        Map<Integer, AddedToken> marked = new TreeMap<>(byId);
        marked.replaceAll((id, token) -> isNamed(token.content()) ? token.asSpecial() : token);
        return marked;
    }

    /** Whether {@link #byId} is what the configuration says, not a file of old. */
    boolean isOfConfig() {
        return ofConfig;
    }

    private boolean isNamed(String content) {
        return named.values().stream().anyMatch(t -> t.content().equals(content));
    }

    /** The tokens that have a name, in the order in which transformers adds them, then those of the list of more. */
    public List<AddedToken> special() {
        Stream<AddedToken> ours = NAMED.stream().filter(named::containsKey).map(named::get);
        Stream<AddedToken> own =
                named.keySet().stream().filter(name -> !NAMED.contains(name)).map(named::get);
        return Stream.of(ours, own, extra.stream()).flatMap(s -> s).toList();
    }

    /** What the token of this name is; {@code absent} where none is named. */
    public String named(String name, String absent) {
        return named.containsKey(name) ? named.get(name).content() : absent;
    }

    private static ObjectNode readIfThere(Path file) {
        return Files.exists(file) ? PythonJson.readObject(file) : JsonNodeFactory.instance.objectNode();
    }

    private void read(Path folder) {
        Path file = folder.resolve(CONFIG);
        ObjectNode config = readIfThere(file);
        if (config.path("split_special_tokens").asBoolean(false)) {
            throw new UserError(file + ": 'split_special_tokens' is true, which isn't supported");
        }
        names(config, null, file.toString());
        if (config.hasNonNull(DECODER)) {
            ofConfig = true;
            JsonNode decoder = config.get(DECODER);
            if (!decoder.isObject()) {
                throw new UserError(
                        file + ": '" + DECODER + "' should be an object of tokens by their ids, is " + decoder);
            }
            decoder.properties().forEach(entry -> {
                String path = file + ": '" + DECODER + "." + entry.getKey() + "'";
                byId.put(id(entry.getKey(), path), AddedToken.of(entry.getValue(), null, path));
            });
            return;
        }
        Path map = folder.resolve(MAP);
        names(readIfThere(map), true, map.toString());
        Path added = folder.resolve(ADDED);
        readIfThere(added).properties().forEach(entry -> {
            String token = entry.getKey();
            boolean special = named.values().stream().anyMatch(t -> t.content().equals(token))
                    || extra.stream().anyMatch(t -> t.content().equals(token));
            int id = id(entry.getValue().asText(), added + ": '" + token + "'");
            byId.put(id, new AddedToken(token, false, false, false, !special, special));
        });
    }

    private static int id(String id, String path) {
        try {
            int number = Integer.parseInt(id);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // it is said below
        }
        throw new UserError(path + " should be a token of an id that is a whole number, the id is " + id);
    }

    /**
     * What a file calls by names: the tokens of {@link #NAMED}, a model's own that end alike, and a list or map of more.
     *
     * @param special whether tokens of the list are special where an object doesn't say so; null if they aren't
     */
    private void names(ObjectNode config, Boolean special, String file) {
        config.properties().forEach(entry -> {
            String name = entry.getKey();
            JsonNode value = entry.getValue();
            boolean ours = NAMED.contains(name);
            if (!value.isNull() && (ours || name.endsWith("_token") && value.isTextual())) {
                named.put(name, token(value, true, file + ": '" + name + "'"));
            }
        });
        boolean isExtra = config.hasNonNull(EXTRA)
                && !(config.get(EXTRA).isContainerNode() && config.get(EXTRA).isEmpty());
        String more = isExtra ? EXTRA : ADDITIONAL;
        String path = file + ": '" + more + "'";
        JsonNode tokens = config.path(more);
        if (tokens.isObject()) {
            tokens.properties().forEach(e -> named.put(e.getKey(), token(e.getValue(), true, path)));
        } else if (tokens.isArray()) {
            tokens.forEach(value -> extra.add(token(value, special, path)));
        } else if (!tokens.isMissingNode() && !tokens.isNull()) {
            throw new UserError(path + " should be a list of tokens, is " + tokens);
        }
    }

    private static AddedToken token(JsonNode value, Boolean special, String path) {
        if (value.isTextual()) {
            return AddedToken.special(value.asText());
        }
        if (!value.isObject()) {
            throw new UserError(path + " should be a token, is " + value);
        }
        return AddedToken.of(value, special, path);
    }
}
