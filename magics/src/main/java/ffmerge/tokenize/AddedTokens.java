package ffmerge.tokenize;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
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

/**
 * The tokens that files beside a {@code tokenizer.json} add to it: {@code added_tokens_decoder} and the special tokens of
 * {@code tokenizer_config.json}, else those of {@code special_tokens_map.json} and {@code added_tokens.json}. They count as
 * transformers 5 has it in {@code PreTrainedTokenizerBase._from_pretrained} and {@code TokenizersBackend.__init__}.
 */
final class AddedTokens {
    static final String CONFIG = "tokenizer_config.json";
    private static final String MAP = "special_tokens_map.json";
    private static final String ADDED = "added_tokens.json";
    private static final String DECODER = "added_tokens_decoder";
    private static final String EXTRA = "extra_special_tokens";
    /** The older name of {@link #EXTRA}. */
    private static final String ADDITIONAL = "additional_special_tokens";

    private static final List<String> NAMED =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    private final ObjectNode tokenizer;
    /** Of the files beside, by id. */
    private final Map<Integer, AddedToken> beside = new TreeMap<>();
    /** Special tokens by what they are called. */
    private final Map<String, AddedToken> named = new LinkedHashMap<>();

    private final List<AddedToken> extra = new ArrayList<>();

    private AddedTokens(ObjectNode tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * Puts them into the JSON of a tokenizer.
     *
     * @param tokenizer is changed
     * @param folder the tokenizer's
     * @throws UserError if a file beside can't be read, or what it adds is none
     */
    static void addTo(ObjectNode tokenizer, Path folder) {
        AddedTokens added = new AddedTokens(tokenizer);
        added.read(folder);
        added.apply();
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
        names(config, file.toString());
        if (config.hasNonNull(DECODER)) {
            JsonNode decoder = config.get(DECODER);
            decoder.properties().forEach(entry -> {
                String path = file + ": '" + DECODER + "." + entry.getKey() + "'";
                beside.put(id(entry.getKey(), path), AddedToken.of(entry.getValue(), null, path));
            });
            return;
        }
        Path map = folder.resolve(MAP);
        names(readIfThere(map), map.toString());
        Path added = folder.resolve(ADDED);
        readIfThere(added).properties().forEach(entry -> {
            String token = entry.getKey();
            boolean special = named.values().stream().anyMatch(t -> t.content().equals(token))
                    || extra.stream().anyMatch(t -> t.content().equals(token));
            int id = id(entry.getValue().asText(), added + ": '" + token + "'");
            beside.put(id, new AddedToken(token, false, false, false, !special, special));
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

    /** What a file calls by names: the tokens of {@link #NAMED}, a model's own that end alike, and a list or map of more. */
    private void names(ObjectNode config, String file) {
        config.properties().forEach(entry -> {
            String name = entry.getKey();
            JsonNode value = entry.getValue();
            String path = file + ": '" + name + "'";
            boolean ours = NAMED.contains(name);
            if (value.isNull() || !ours && !(name.endsWith("_token") && value.isTextual())) {
                return;
            }
            named.put(name, token(value, path));
        });
        String more = config.hasNonNull(EXTRA) && !config.get(EXTRA).isEmpty() ? EXTRA : ADDITIONAL;
        JsonNode tokens = config.path(more);
        if (tokens.isObject()) {
            tokens.properties()
                    .forEach(e ->
                            named.put(e.getKey(), token(e.getValue(), file + ": '" + more + "." + e.getKey() + "'")));
        } else if (tokens.isArray()) {
            tokens.forEach(value -> extra.add(token(value, file + ": '" + more + "'")));
        } else if (!tokens.isMissingNode() && !tokens.isNull()) {
            throw new UserError(file + ": '" + more + "' should be a list of tokens, is " + tokens);
        }
    }

    private static AddedToken token(JsonNode value, String path) {
        if (value.isTextual()) {
            return AddedToken.special(value.asText());
        }
        if (!value.isObject()) {
            throw new UserError(path + " should be a token, is " + value);
        }
        return AddedToken.of(value, true, path);
    }

    private void apply() {
        ArrayNode list = (ArrayNode) tokenizer.get("added_tokens");
        Map<String, Integer> placeByContent = new LinkedHashMap<>();
        int highest = vocabularySize() - 1;
        for (int i = 0; i < list.size(); i++) {
            placeByContent.put(list.get(i).path("content").asText(), i);
            highest = Math.max(highest, list.get(i).path("id").asInt());
        }
        for (AddedToken token : toAdd(placeByContent)) {
            Integer place = placeByContent.get(token.content());
            if (place != null) { // what is said last counts
                list.set(place, token.json(list.get(place).path("id").asInt()));
                continue;
            }
            JsonNode own = tokenizer.path("model").path("vocab").path(token.content());
            int id = own.isInt() ? own.asInt() : ++highest;
            placeByContent.put(token.content(), list.size());
            list.add(token.json(id));
        }
    }

    private List<AddedToken> toAdd(Map<String, Integer> own) {
        List<AddedToken> add = new ArrayList<>();
        for (AddedToken token : beside.values()) {
            boolean isNamed = named.values().stream().anyMatch(t -> t.content().equals(token.content()));
            add.add(isNamed ? token.asSpecial() : token);
        }
        for (List<AddedToken> more : List.of(List.copyOf(named.values()), extra)) {
            for (AddedToken token : more) {
                boolean known = own.containsKey(token.content())
                        || add.stream().anyMatch(t -> t.content().equals(token.content()));
                if (!known) {
                    add.add(token);
                }
            }
        }
        add.removeIf(token -> token.content().isEmpty());
        return add;
    }

    private int vocabularySize() {
        return tokenizer.path("model").path("vocab").size();
    }
}
