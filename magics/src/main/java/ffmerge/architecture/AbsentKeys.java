package ffmerge.architecture;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a family's config means by keys that it lacks, as the family's class in transformers has it. In a table, by the key:
 *
 * <ul>
 *   <li>{@code 12}: a value, where the config doesn't name the key; {@code null} there is a word of its own;
 *   <li>{@code {"as": "num_hidden_layers", "else": 12}}: another key's value, where the config has none, {@code null} being
 *       none, and where that has none either another value;
 *   <li>{@code {"as": "feed_forward_proj", "values": {"gated-(.*)": "$1"}}}: of another key's text the value of the first
 *       pattern that fits it all, of one that fits none the text itself.
 * </ul>
 *
 * They are looked at in order: one may speak of those before it.
 */
record AbsentKeys(Map<String, JsonNode> byKey) {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    AbsentKeys {}

    /** The config with all of them. */
    ModelConfig in(ModelConfig config) {
        ObjectNode whole = config.json().deepCopy();
        byKey.forEach((key, says) -> {
            if (says.isObject()) {
                if (!whole.hasNonNull(key)) {
                    elsewhere(says, whole).ifPresent(value -> whole.set(key, value));
                }
            } else if (!whole.has(key)) {
                whole.set(key, says);
            }
        });
        return new ModelConfig(whole, config.source());
    }

    private static Optional<JsonNode> elsewhere(JsonNode says, ObjectNode config) {
        String other = says.path("as").asText();
        return config.hasNonNull(other)
                ? Optional.of(translated(config.get(other), says.path("values")))
                : Optional.ofNullable(says.get("else"));
    }

    private static JsonNode translated(JsonNode value, JsonNode values) {
        for (Map.Entry<String, JsonNode> each : values.properties()) {
            Matcher fits = Pattern.compile(each.getKey()).matcher(value.asText());
            if (fits.matches()) {
                return each.getValue().isTextual()
                        ? TextNode.valueOf(fits.replaceFirst(each.getValue().asText()))
                        : each.getValue();
            }
        }
        return value;
    }
}
