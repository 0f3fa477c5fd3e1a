package ffmerge.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * An object of a file that a user wrote, in JSON or YAML, and where its parts stand.
 *
 * @param source the file, for messages
 * @param lines of the parts, by pointers to them: {@code /choices/1}
 */
public record PlacedTree(ObjectNode tree, String source, Map<String, Integer> lines) {
    /** @throws UserError if it is no JSON object */
    public static PlacedTree ofJson(String text, String source) {
        ObjectNode tree = PythonJson.parseObject(text, source);
        try (JsonParser parser = PythonJson.parser(text)) {
            return new PlacedTree(tree, source, lines(parser));
        } catch (IOException e) {
            throw new IllegalStateException(e); // it was read before
        }
    }

    /** @throws UserError if it is no mapping in YAML */
    public static PlacedTree ofYaml(String text, String source) {
        try {
            if (!(Yaml.parse(text) instanceof ObjectNode tree)) {
                throw new UserError(source + " is no mapping: fields stand in it, one a line, as name: value");
            }
            try (JsonParser parser = Yaml.parser(text)) {
                return new PlacedTree(tree, source, lines(parser));
            }
        } catch (JsonProcessingException e) {
            throw new UserError(source + " is not valid YAML" + Yaml.fault(e), e);
        } catch (IOException e) {
            throw new IllegalStateException(e); // it is a text
        }
    }

    private static Map<String, Integer> lines(JsonParser parser) throws IOException {
        Map<String, Integer> lines = new HashMap<>();
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
            lines.putIfAbsent(
                    parser.getParsingContext().pathAsPointer().toString(),
                    parser.currentTokenLocation().getLineNr());
        }
        return lines;
    }

    /**
     * The file and the line of a part, or of what it would stand in: {@code capitals.yaml, line 3}.
     *
     * @param pointer to the part
     */
    public String place(String pointer) {
        String nearest = pointer;
        while (!lines.containsKey(nearest) && !nearest.isEmpty()) {
            nearest = nearest.substring(0, nearest.lastIndexOf('/'));
        }
        return source + ", line " + lines.getOrDefault(nearest, 1);
    }
}
