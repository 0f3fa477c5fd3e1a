package ffmerge.tokenize;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Puts the tokens of the files beside into a {@code tokenizer.json}, as transformers' {@code TokenizersBackend} does. */
final class AddedTokens {
    private AddedTokens() {}

    /** @param tokenizer a JSON that has been checked; it is changed */
    static void addTo(ObjectNode tokenizer, TokensBeside beside) {
        ArrayNode list = (ArrayNode) tokenizer.get("added_tokens");
        JsonNode vocabulary = tokenizer.path("model").path("vocab");
        Map<String, Integer> pieces = pieces(vocabulary);
        Map<String, Integer> placeByContent = new HashMap<>();
        int highest = vocabulary.size() - 1;
        for (int i = 0; i < list.size(); i++) {
            placeByContent.put(list.get(i).path("content").asText(), i);
            highest = Math.max(highest, list.get(i).path("id").asInt());
        }
        for (AddedToken token : toAdd(list, beside)) {
            Integer place = placeByContent.get(token.content());
            if (place != null) { // what is said last counts
                list.set(place, token.json(list.get(place).path("id").asInt()));
                continue;
            }
            JsonNode own = vocabulary.path(token.content());
            // the library gives the same: a token's id in the vocabulary, or the next one
            Integer known = own.isInt() ? Integer.valueOf(own.asInt()) : pieces.get(token.content());
            int id = known != null ? known : ++highest;
            placeByContent.put(token.content(), list.size());
            list.add(token.json(id));
        }
    }

    /** The ids of a vocabulary that is a list, of pieces with their scores; none where it is an object. */
    private static Map<String, Integer> pieces(JsonNode vocabulary) {
        Map<String, Integer> ids = new HashMap<>();
        for (int id = 0; vocabulary.isArray() && id < vocabulary.size(); id++) {
            ids.putIfAbsent(vocabulary.get(id).path(0).asText(), id);
        }
        return ids;
    }

    private static List<AddedToken> toAdd(ArrayNode own, TokensBeside beside) {
        Set<String> known = new HashSet<>();
        Set<Integer> ids = new HashSet<>();
        own.forEach(token -> {
            known.add(token.path("content").asText());
            ids.add(token.path("id").asInt());
        });
        List<AddedToken> add = new ArrayList<>();
        beside.byId().forEach((id, token) -> {
            // of the file of old, whatever has an id of the tokenizer's is the tokenizer's
            if (beside.isOfConfig() || !ids.contains(id)) {
                add.add(token);
            }
        });
        add.forEach(token -> known.add(token.content()));
        for (AddedToken token : beside.special()) {
            if (known.add(token.content())) {
                add.add(token);
            }
        }
        add.removeIf(token -> token.content().isEmpty());
        return add;
    }
}
