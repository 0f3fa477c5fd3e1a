package ffmerge.json;

import com.fasterxml.jackson.core.JsonLocation;
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
 * @param places of the parts, by pointers to them: {@code /choices/1}
 */
public record PlacedTree(ObjectNode tree, String source, Map<String, Place> places) {
    /** Both from 1. */
    public record Place(int line, int column) {}

    /** @throws UserError if it is no JSON object */
    public static PlacedTree ofJson(String text, String source) {
        ObjectNode tree = PythonJson.parseObject(text, source);
        try (JsonParser parser = PythonJson.parser(text)) {
            return new PlacedTree(tree, source, places(parser));
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
                return new PlacedTree(tree, source, places(parser));
            }
        } catch (JsonProcessingException e) {
            throw new UserError(source + " is not valid YAML" + Yaml.fault(e), e);
        } catch (IOException e) {
            throw new IllegalStateException(e); // it is a text
        }
    }

    private static Map<String, Place> places(JsonParser parser) throws IOException {
        Map<String, Place> places = new HashMap<>();
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
            JsonLocation at = parser.currentTokenLocation();
            places.putIfAbsent(
                    parser.getParsingContext().pathAsPointer().toString(), new Place(at.getLineNr(), at.getColumnNr()));
        }
        return places;
    }

    /**
     * The file and the line of a part, or of what it would stand in: {@code capitals.yaml, line 3}.
     *
     * @param pointer to the part
     */
    public String place(String pointer) {
        return source + ", line " + at(pointer).line();
    }

    /** As {@link #place}, with the column: {@code capitals.yaml, line 3, column 7}. */
    public String exactPlace(String pointer) {
        return place(pointer) + ", column " + at(pointer).column();
    }

    private Place at(String pointer) {
        String nearest = pointer;
        while (!places.containsKey(nearest) && !nearest.isEmpty()) {
            nearest = nearest.substring(0, nearest.lastIndexOf('/'));
        }
        return places.getOrDefault(nearest, new Place(1, 1));
    }
}
