package ffmerge.view;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import ffmerge.result.Result;
import java.util.Map;

/** A result as one JSON object: the command, then the record's fields. */
public final class ResultJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ResultJson() {}

    public static ObjectNode of(String command, Result result) {
        ObjectNode json = JSON.createObjectNode().put("command", command);
        json.setAll(of(result));
        return json;
    }

    /**
     * The record's fields alone. What isn't a number, as a value that wasn't measured, is null; a notebook's messages
     * leave null fields out. Infinities, which are values, become the words {@code "Infinity"} and {@code "-Infinity"},
     * which Java's and Python's number parsers read.
     */
    public static ObjectNode of(Result result) {
        ObjectNode json = JSON.valueToTree(result);
        replaceNonNumbers(json);
        return json;
    }

    /** The same as the maps and lists that JJava writes as JSON. */
    public static Map<?, ?> asMap(ObjectNode json) {
        return JSON.convertValue(json, Map.class);
    }

    private static void replaceNonNumbers(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.properties().forEach(field -> field.setValue(asJsonHoldsIt(field.getValue())));
        }
        if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, asJsonHoldsIt(array.get(i)));
            }
        }
    }

    private static JsonNode asJsonHoldsIt(JsonNode value) {
        if (value.isContainerNode()) {
            replaceNonNumbers(value);
            return value;
        }
        if (!value.isFloatingPointNumber() || Double.isFinite(value.doubleValue())) {
            return value;
        }
        return Double.isNaN(value.doubleValue())
                ? NullNode.getInstance()
                : TextNode.valueOf(String.valueOf(value.doubleValue()));
    }
}
