package ffmerge.architecture;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * Where a family keeps something that its forward pass asks for. In a table {@code {"keys": ["n_head"], "absent": 12}}, or
 * the value alone where all models of the family have the same.
 *
 * @param keys of the config, of which the first counts that it holds
 * @param absent the value where it holds none; a missing node where it must hold one
 */
record Setting(List<String> keys, JsonNode absent) {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Setting of(JsonNode json) {
        if (!json.isObject()) {
            return new Setting(List.of(), json);
        }
        List<String> keys = StreamSupport.stream(json.path("keys").spliterator(), false)
                .map(JsonNode::asText)
                .toList();
        JsonNode absent = json.path("absent");
        return new Setting(keys, absent.isNull() ? MissingNode.getInstance() : absent);
    }
}
