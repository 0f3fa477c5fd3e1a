package ffmerge.magic;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.UserError;
import ffmerge.magic.command.Arguments;
import ffmerge.magic.command.Command;
import ffmerge.magic.command.Commands;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The steps of an experiment in YAML: a list whose items begin with a command and its argument, followed by options.
 *
 * <pre>
 * - load: gpt2-novels
 *   as: base
 * - merge: base
 *   window: 3-8
 *   as: small
 * - compare: [base, small]
 * </pre>
 */
final class Recipe {
    /** @param line the step in the words of a line magic, for the log */
    record Step(Command command, Arguments arguments, String line) {}

    private Recipe() {}

    /**
     * Reads all steps, so that a slip in the last one is found before the first is run.
     *
     * @throws UserError if the text is not YAML, or a step has an unknown command or option
     */
    static List<Step> parse(String yaml, Commands commands, Function<String, Optional<Object>> variables) {
        JsonNode root = YamlBody.parse(yaml);
        if (root == null || !root.isArray() || root.isEmpty()) {
            throw new UserError("a recipe is a list of steps, each with a command: - load: gpt2-novels");
        }
        List<Step> steps = new ArrayList<>();
        for (JsonNode item : root) {
            int number = steps.size() + 1;
            try {
                steps.add(step(item, commands, variables));
            } catch (UserError e) {
                throw new UserError("step " + number + ": " + e.getMessage(), e);
            }
        }
        return steps;
    }

    private static Step step(JsonNode item, Commands commands, Function<String, Optional<Object>> variables) {
        if (item.isTextual()) {
            Command command = commands.named(item.asText());
            return new Step(command, Arguments.parse(command.spec(), List.of(), Map.of(), variables), item.asText());
        }
        if (!item.isObject() || item.isEmpty()) {
            throw new UserError("a step begins with a command: - load: gpt2-novels");
        }
        Map.Entry<String, JsonNode> first = item.properties().iterator().next();
        Command command = commands.named(first.getKey());
        List<String> positional = new ArrayList<>();
        if (first.getValue().isArray()) {
            first.getValue().forEach(argument -> positional.add(argument.asText()));
        } else if (!first.getValue().isNull()) {
            positional.addAll(YamlBody.values(first.getKey(), first.getValue()));
        }
        Map<String, List<String>> options = new LinkedHashMap<>(YamlBody.options(item));
        options.remove(first.getKey());
        Arguments arguments = Arguments.parse(command.spec(), positional, options, variables);
        return new Step(command, arguments, line(first.getKey(), positional, options));
    }

    private static String line(String command, List<String> positional, Map<String, List<String>> options) {
        StringBuilder line = new StringBuilder(command);
        positional.forEach(argument -> line.append(' ').append(argument));
        options.forEach((name, values) -> values.forEach(
                value -> line.append(" --").append(name).append(' ').append(value)));
        return line.toString();
    }
}
