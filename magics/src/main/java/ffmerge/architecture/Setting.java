package ffmerge.architecture;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Where a family keeps something that its forward pass asks for. In a table {@code {"keys": ["n_head"], "absent": 12}}, or
 * the value alone where all models of the family have the same.
 *
 * @param keys of the config, of which the first counts that it holds
 * @param absent the value where it holds none; a missing node where it must hold one
 * @param means what the family means by some words of its configs, which say something else elsewhere
 */
record Setting(List<String> keys, JsonNode absent, Map<String, String> means) {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Setting of(JsonNode json) {
        if (!json.isObject()) {
            return new Setting(List.of(), json, Map.of());
        }
        List<String> keys = StreamSupport.stream(json.path("keys").spliterator(), false)
                .map(JsonNode::asText)
                .toList();
        JsonNode absent = json.path("absent");
        Map<String, String> means = json.path("means").properties().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, word -> word.getValue().asText()));
        return new Setting(keys, absent.isNull() ? MissingNode.getInstance() : absent, means);
    }
}
