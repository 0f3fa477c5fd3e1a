package ffmerge.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Map;

/**
 * Whether a config is as a family's table says, {@code new_architecture & !norms=2}: each part is a flag that is set, or a key
 * whose value is a word or another key's value ({@code key=} where it has none, {@code key=null} where that is written); a
 * {@code !} before it turns it round.
 */
final class Condition {
    private Condition() {}

    /** @param flags what flags are where the config lacks them; true where they aren't named */
    static boolean holds(String condition, Map<String, Boolean> flags, ModelConfig config) {
        return Arrays.stream(condition.split("&")).map(String::strip).allMatch(part -> {
            boolean negated = part.startsWith("!");
            return negated != isSo(negated ? part.substring(1) : part, flags, config);
        });
    }

    private static boolean isSo(String part, Map<String, Boolean> flags, ModelConfig config) {
        int equals = part.indexOf('=');
        if (equals < 0) {
            return config.flag(part, flags == null || flags.getOrDefault(part, true));
        }
        JsonNode value = config.json().path(part.substring(0, equals));
        String other = part.substring(equals + 1);
        if (other.equals("null")) {
            return value.isNull();
        }
        String text = value.isMissingNode() || value.isNull() ? "" : text(value);
        return text.equals(config.has(other) ? config.json().get(other).asText() : other);
    }

    /** A list is written out: that it is there counts. */
    private static String text(JsonNode value) {
        return value.isValueNode() ? value.asText() : value.toString();
    }
}
