package ffmerge.architecture;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Where a family keeps something that its forward pass asks for. In a table {@code {"keys": ["n_head"], "absent": 12}}, or
 * the value alone where all models of the family have the same; {@code {"if": "flag", "then": "after", "else": "before"}}
 * where that is a {@link Condition}'s.
 *
 * @param keys of the config, of which the first counts that it holds
 * @param absent the value where it holds none; a missing node where it must hold one
 * @param means what the family means by some words of its configs, which say something else elsewhere
 * @param condition null where there is none
 * @param then the value where it holds; elsewhere {@code absent}
 */
record Setting(List<String> keys, JsonNode absent, Map<String, String> means, String condition, JsonNode then) {
    private static Setting always(JsonNode value) {
        return new Setting(List.of(), value, Map.of(), null, null);
    }

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Setting of(JsonNode json) {
        if (!json.isObject()) {
            return always(json);
        }
        if (json.has("if")) {
            return new Setting(
                    List.of(), json.path("else"), Map.of(), json.get("if").asText(), json.get("then"));
        }
        List<String> keys = StreamSupport.stream(json.path("keys").spliterator(), false)
                .map(JsonNode::asText)
                .toList();
        JsonNode absent = json.path("absent");
        Map<String, String> means = json.path("means").properties().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, word -> word.getValue().asText()));
        return new Setting(keys, absent.isNull() ? MissingNode.getInstance() : absent, means, null, null);
    }

    /** The setting of a config of which it is known what holds. */
    Setting decided(Predicate<String> holds) {
        return condition == null ? this : of(holds.test(condition) ? then : absent);
    }
}
