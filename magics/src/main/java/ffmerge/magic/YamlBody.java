package ffmerge.magic;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import ffmerge.UserError;
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
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/** The YAML below a {@code %%ffmerge} line. */
final class YamlBody {
    private static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
            .enable(com.fasterxml.jackson.core.StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build());

    private YamlBody() {}

    /** @throws UserError with line and column if the text is not YAML */
    static JsonNode parse(String body) {
        try {
            return YAML.readTree(body);
        } catch (JsonProcessingException e) {
            Mark at = e.getCause() instanceof MarkedYAMLException marked ? marked.getProblemMark() : null;
            int line = at != null
                    ? at.getLine() + 1
                    : e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            String message = "the YAML is broken" + problem(e);
            throw line == 0 ? new UserError(message, e) : new PlacedMistake(line, message, e);
        }
    }

    /** Where the steps of a recipe, or the options of a command, stand; of a text that {@link #parse} has read. */
    static List<RecipePlaces> places(String body) {
        try (JsonParser parser = YAML.createParser(body)) {
            return RecipePlaces.of(parser, body);
        } catch (IOException e) {
            throw new IllegalStateException(e); // it was read before
        }
    }

    private static String problem(JsonProcessingException e) {
        if (e.getCause() instanceof MarkedYAMLException marked) {
            Mark at = marked.getProblemMark(); // Jackson's own location is where the last thing was fine
            return place(at) + ": " + problem(marked);
        }
        JsonLocation at = e.getLocation();
        String problem = e.getOriginalMessage().lines().findFirst().orElse("");
        return (at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr()) + ": " + problem;
    }

    private static String place(Mark at) {
        return " at line " + (at.getLine() + 1) + ", column " + (at.getColumn() + 1);
    }

    /** SnakeYAML's words for what is wrong, without the names that it has for pieces of text. */
    private static String problem(MarkedYAMLException e) {
        String context = e.getContext() == null ? "" : e.getContext();
        boolean isList = context.contains("flow sequence");
        if (e.getContextMark() != null && (isList || context.contains("flow mapping"))) {
            return "the " + (isList ? "list that begins with [" : "mapping that begins with {")
                    + place(e.getContextMark()) + " goes on with neither , nor " + (isList ? "]" : "}");
        }
        return e.getProblem().lines().findFirst().orElse("").replaceAll("<([a-z ]+)>", "$1");
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
