package ffmerge.tokenize;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import java.util.List;

/** The special tokens that stand around a text, by what they look like. */
record TextTemplate(List<String> before, List<String> behind) {
    /**
     * Makes it a tokenizer's own.
     *
     * @param tokenizer its JSON with all its tokens; it is changed
     * @throws UserError if one of the tokens is none of the tokenizer's
     */
    void putInto(ObjectNode tokenizer, String file) {
        ObjectNode processor = tokenizer.putObject("post_processor").put("type", "TemplateProcessing");
        ArrayNode single = processor.putArray("single");
        before.forEach(token -> special(single, token));
        sequence(single, "A", 0);
        behind.forEach(token -> special(single, token));
        ArrayNode pair = processor.putArray("pair");
        sequence(pair, "A", 0);
        sequence(pair, "B", 1);
        ObjectNode known = processor.putObject("special_tokens");
        List.of(before, behind)
                .forEach(tokens -> tokens.forEach(token -> {
                    ObjectNode one = known.putObject(token).put("id", token);
                    one.putArray("ids").add(id(tokenizer, token, file));
                    one.putArray("tokens").add(token);
                }));
    }

    private static void special(ArrayNode row, String token) {
        row.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
    }

    private static void sequence(ArrayNode row, String which, int type) {
        row.addObject().putObject("Sequence").put("id", which).put("type_id", type);
    }

    /** The ids of the tokens before a text. */
    int[] idsBefore(ObjectNode tokenizer, String file) {
        return before.stream().mapToInt(token -> id(tokenizer, token, file)).toArray();
    }

    /** The ids of the tokens behind a text. */
    int[] idsBehind(ObjectNode tokenizer, String file) {
        return behind.stream().mapToInt(token -> id(tokenizer, token, file)).toArray();
    }

    private static int id(ObjectNode tokenizer, String token, String file) {
        for (JsonNode added : tokenizer.path("added_tokens")) {
            if (added.path("content").asText().equals(token)) {
                return added.path("id").asInt();
            }
        }
        JsonNode vocabulary = tokenizer.path("model").path("vocab");
        for (int id = 0; vocabulary.isArray() && id < vocabulary.size(); id++) {
            if (vocabulary.get(id).path(0).asText().equals(token)) {
                return id;
            }
        }
        if (vocabulary.has(token)) {
            return vocabulary.get(token).asInt();
        }
        throw new UserError(file + " has no token '" + token + "', which the tokenizer's class, or its src_lang and"
                + " tgt_lang in tokenizer_config.json, puts around texts");
    }
}
