package ffmerge.view;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import ffmerge.result.Result;
import java.util.Map;

/** A result as one JSON object: the command, then the record's fields. */
public final class ResultJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ResultJson() {}

    /**
     * Numbers that JSON can't hold become the words {@code "NaN"}, {@code "Infinity"} and {@code "-Infinity"}, which
     * Java's and Python's number parsers read; a null would be lost on the way, as kernels leave null fields out.
     */
    public static ObjectNode of(String command, Result result) {
        ObjectNode json = JSON.createObjectNode().put("command", command);
        json.setAll((ObjectNode) JSON.valueToTree(result));
        nameNonNumbers(json);
        return json;
    }

    /** The same as the maps and lists that JJava writes as JSON. */
    public static Map<?, ?> asMap(ObjectNode json) {
        return JSON.convertValue(json, Map.class);
    }

    private static void nameNonNumbers(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.properties().forEach(field -> field.setValue(numberOrName(field.getValue())));
        }
        if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, numberOrName(array.get(i)));
            }
        }
    }

    private static JsonNode numberOrName(JsonNode value) {
        if (value.isContainerNode()) {
            nameNonNumbers(value);
            return value;
        }
        return value.isFloatingPointNumber() && !Double.isFinite(value.doubleValue())
                ? TextNode.valueOf(String.valueOf(value.doubleValue()))
                : value;
    }
}
