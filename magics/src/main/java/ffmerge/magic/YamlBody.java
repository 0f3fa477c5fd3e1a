package ffmerge.magic;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.UserError;
import ffmerge.json.Yaml;
import ffmerge.magic.command.Options;
import ffmerge.magic.command.PlacedMistake;
import ffmerge.study.GridWay;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** The YAML below a {@code %%ffmerge} line. */
final class YamlBody {
    private YamlBody() {}

    /** @throws UserError with line and column if the text is not YAML */
    static JsonNode parse(String body) {
        try {
            return Yaml.parse(body);
        } catch (JsonProcessingException e) {
            int line = Yaml.line(e);
            String message = "the YAML is broken" + Yaml.fault(e);
            throw line == 0 ? new UserError(message, e) : new PlacedMistake(line, message, e);
        }
    }

    /** Where the steps of a recipe, or the options of a command, stand; of a text that {@link #parse} has read. */
    static List<RecipePlaces> places(String body) {
        try (JsonParser parser = Yaml.parser(body)) {
            return RecipePlaces.of(parser, body);
        } catch (IOException e) {
            throw new IllegalStateException(e); // it was read before
        }
    }

    /**
     * A mapping of options. A list of numbers is one value, as in {@code layers: [2, 5, 7]}; a list of anything else is
     * several.
     */
    static Map<String, List<String>> options(JsonNode body) {
        if (body == null || body.isMissingNode() || body.isNull()) {
            return Map.of();
        }
        if (!body.isObject()) {
            throw new UserError("below a command stand its options, one a line: window: 3-8");
        }
        Map<String, List<String>> options = new LinkedHashMap<>();
        body.properties().forEach(e -> options.put(e.getKey(), values(e.getKey(), e.getValue())));
        return options;
    }

    static List<String> values(String name, JsonNode value) {
        if (value.isValueNode()) {
            return List.of(value.asText());
        }
        if (isExpression(value)) {
            return List.of(expression(value));
        }
        if (!value.isArray()) {
            throw new UserError("'" + name + "' takes a value or a list of values");
        }
        boolean numbers = !value.isEmpty()
                && StreamSupport.stream(value.spliterator(), false).allMatch(JsonNode::isIntegralNumber);
        if (numbers) {
            return List.of(joined(value));
        }
        List<String> values = new ArrayList<>();
        for (JsonNode item : value) {
            values.add(
                    item.isArray()
                            ? joined(item, name.equals(Options.WAYS) ? GridWay.THEN : ",")
                            : isExpression(item) ? expression(item) : item.asText());
        }
        return values;
    }

    /** What is a Java expression to us is to YAML a mapping of one key without a value: {@code {n * 2}}. */
    private static boolean isExpression(JsonNode value) {
        return value.isObject()
                && value.size() == 1
                && value.elements().next().asText("").isEmpty();
    }

    private static String expression(JsonNode value) {
        return "{" + value.fieldNames().next() + "}";
    }

    private static String joined(JsonNode list) {
        return joined(list, ",");
    }

    /** A list, or one in a list: numbers of a group, or ways that are gone in turn. */
    private static String joined(JsonNode list, String by) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::asText)
                .collect(Collectors.joining(by));
    }
}
