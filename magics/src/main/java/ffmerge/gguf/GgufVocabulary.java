package ffmerge.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a GGUF file says of a model's tokenizer, of kinds that it can say. */
final class GgufVocabulary {
    private static final long NORMAL = 1;
    private static final long CONTROL = 3;
    private static final long USER_DEFINED = 4;
    private static final long UNUSED = 5;

    private final Map<String, Object> says = new LinkedHashMap<>();
    private String leftOut = "";

    /**
     * @param tokenizer what {@code tokenizer.json} holds; null where there is none
     * @param config the model's, which may know of more tokens
     */
    GgufVocabulary(JsonNode tokenizer, JsonNode tokenizerConfig, ObjectNode config) {
        if (tokenizer == null) {
            leftOut = "it has no tokenizer.json";
            return;
        }
        String splitting = GgufTokenizer.splitting(tokenizer);
        if (splitting == null) {
            leftOut = "tokenizers that split texts so have no name there";
            return;
        }
        tokens(tokenizer, config.path("vocab_size").asInt());
        says.put("tokenizer.ggml.model", "gpt2");
        says.put("tokenizer.ggml.pre", splitting);
        List<String> merges = new ArrayList<>();
        for (JsonNode merge : tokenizer.path("model").path("merges")) {
            merges.add(
                    merge.isArray() ? merge.get(0).asText() + " " + merge.get(1).asText() : merge.asText());
        }
        says.put("tokenizer.ggml.merges", merges);
        for (String role : new String[] {"bos", "eos"}) {
            JsonNode id = config.path(role + "_token_id");
            if (id.isIntegralNumber()) {
                says.put("tokenizer.ggml." + role + "_token_id", id.asLong());
            }
        }
        says.put(
                "tokenizer.ggml.add_bos_token", tokenizer.path("post_processor").findValue("SpecialToken") != null);
        if (tokenizerConfig != null && tokenizerConfig.path("chat_template").isTextual()) {
            says.put(
                    "tokenizer.chat_template",
                    tokenizerConfig.get("chat_template").asText());
        }
    }

    private void tokens(JsonNode tokenizer, int vocabulary) {
        Map<Integer, String> texts = new LinkedHashMap<>();
        Map<Integer, Long> types = new LinkedHashMap<>();
        tokenizer
                .path("model")
                .path("vocab")
                .properties()
                .forEach(e -> texts.put(e.getValue().asInt(), e.getKey()));
        for (JsonNode added : tokenizer.path("added_tokens")) {
            texts.put(added.path("id").asInt(), added.path("content").asText());
            types.put(added.path("id").asInt(), added.path("special").asBoolean() ? CONTROL : USER_DEFINED);
        }
        List<Object> tokens = new ArrayList<>();
        List<Object> kinds = new ArrayList<>();
        for (int id = 0; id < vocabulary; id++) {
            tokens.add(texts.getOrDefault(id, "[PAD" + id + "]"));
            kinds.add(types.getOrDefault(id, texts.containsKey(id) ? NORMAL : UNUSED));
        }
        says.put("tokenizer.ggml.tokens", tokens);
        says.put("tokenizer.ggml.token_type", kinds);
    }

    Map<String, Object> says() {
        return says;
    }

    /** Why the tokenizer isn't among it, in words; "" where it is. */
    String leftOut() {
        return leftOut;
    }
}
