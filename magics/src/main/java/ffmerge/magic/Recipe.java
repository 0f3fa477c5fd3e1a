package ffmerge.magic;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.UserError;
import ffmerge.magic.command.Arguments;
import ffmerge.magic.command.Command;
import ffmerge.magic.command.Commands;
import ffmerge.magic.command.Options;
import ffmerge.magic.command.PlacedMistake;
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
    private static final String EXAMPLE = "- {load: gpt2-novels, as: base}";

    /**
     * @param line the step in the words of a line magic, for the log
     * @param number counted from 1
     */
    record Step(Command command, Arguments arguments, String line, int number, RecipePlaces places) {
        /** A mistake in it, with where it stands. */
        UserError mistaken(UserError e) {
            return at(number, places, e);
        }
    }

    private Recipe() {}

    private static UserError at(int number, RecipePlaces places, UserError e) {
        RecipePlaces.Place place = places.of(e);
        return new PlacedMistake(place.line(), "step " + number + " (" + place + "): " + e.getMessage(), e);
    }

    /**
     * Reads all steps, so that a slip in the last one is found before the first is run.
     *
     * @throws UserError if the text is not YAML, or a step has an unknown command or option
     */
    static List<Step> parse(String yaml, Commands commands, Function<String, Optional<Object>> variables) {
        JsonNode root = YamlBody.parse(yaml);
        Optional<Command> whole = ofWholeFile(root, commands);
        if (whole.isPresent()) {
            return List.of(body(whole.get(), yaml, root, variables));
        }
        if (root == null || !root.isArray() || root.isEmpty()) {
            throw new UserError(
                    "a recipe is a list of steps, each with a command: - load: gpt2-novels" + instead(root));
        }
        List<RecipePlaces> places = YamlBody.places(yaml);
        List<Step> steps = new ArrayList<>();
        for (JsonNode item : root) {
            int number = steps.size() + 1;
            RecipePlaces own = places.get(steps.size());
            try {
                steps.add(step(item, commands, variables, number, own));
            } catch (UserError e) {
                throw at(number, own, e);
            }
        }
        return steps;
    }

    /** The command whose body a mapping is that names ways to shrink: an experiment in a file of its own. */
    private static Optional<Command> ofWholeFile(JsonNode root, Commands commands) {
        return root == null || !root.isObject() || !root.has(Options.WAYS)
                ? Optional.empty()
                : commands.all().stream()
                        .filter(command -> command.spec().option(Options.WAYS).isPresent())
                        .findFirst();
    }

    private static Step body(
            Command command, String yaml, JsonNode root, Function<String, Optional<Object>> variables) {
        RecipePlaces places = YamlBody.places(yaml).get(0);
        try {
            Map<String, List<String>> options = YamlBody.options(root);
            Arguments arguments = Arguments.parse(command.spec(), List.of(), options, variables);
            return new Step(command, arguments, line(command.spec().name(), List.of(), options), 1, places);
        } catch (UserError e) {
            throw at(1, places, e);
        }
    }

    private static String instead(JsonNode root) {
        if (root != null && root.isObject()) {
            return "; this is one mapping from line 1 on: begin each step with a hyphen, as in " + EXAMPLE;
        }
        boolean isText = root != null && root.isTextual() && !root.asText().isBlank();
        return isText ? "; this is a text from line 1 on: write each step like " + EXAMPLE + ", a line each" : "";
    }

    /** A line magic in the place of a step, as a step: {@code - {load: gpt2-novels, as: base}}. */
    private static UserError written(String line) {
        List<String> words = new ArrayList<>(List.of(line.strip().split("\\s+")));
        words.removeIf(word -> word.matches("%+ffmerge"));
        List<String> positional = new ArrayList<>();
        List<String> options = new ArrayList<>();
        for (int i = 1; i < words.size(); i++) {
            String word = words.get(i);
            if (!word.startsWith("--")) {
                positional.add(word);
                continue;
            }
            boolean hasValue = !word.contains("=")
                    && i + 1 < words.size()
                    && !words.get(i + 1).startsWith("--");
            String value = hasValue ? words.get(++i) : "true";
            options.add(", "
                    + (word.contains("=")
                            ? word.substring(2).replaceFirst("=", ": ")
                            : word.substring(2) + ": " + value));
        }
        String arguments = positional.size() == 1 ? positional.get(0) : positional.toString();
        return new UserError("'" + line.strip() + "' is a line; a step is a command with its options below it, or in"
                + " braces: - {" + words.get(0) + ": " + arguments + String.join("", options) + "}");
    }

    private static Step step(
            JsonNode item,
            Commands commands,
            Function<String, Optional<Object>> variables,
            int number,
            RecipePlaces places) {
        if (item.isTextual() && item.asText().strip().contains(" ")) {
            throw written(item.asText());
        }
        if (item.isTextual()) {
            Command command = commands.named(item.asText());
            Arguments none = Arguments.parse(command.spec(), List.of(), Map.of(), variables);
            return new Step(command, none, item.asText(), number, places);
        }
        if (!item.isObject() || item.isEmpty()) {
            throw new UserError("a step begins with a command: - load: gpt2-novels");
        }
        Map.Entry<String, JsonNode> first = item.properties().iterator().next();
        Command command = commands.named(first.getKey());
        List<String> positional = new ArrayList<>();
        if (first.getValue().isArray()) {
            first.getValue().forEach(argument -> positional.add(argument.asText()));
        } else if (!first.getValue().isNull() && !isNothing(first.getValue())) {
            positional.addAll(YamlBody.values(first.getKey(), first.getValue()));
        }
        Map<String, List<String>> options = new LinkedHashMap<>(YamlBody.options(item));
        options.remove(first.getKey());
        Arguments arguments = Arguments.parse(command.spec(), positional, options, variables);
        return new Step(command, arguments, line(first.getKey(), positional, options), number, places);
    }

    /** Of {@code {runs: , last: 3}}. */
    private static boolean isNothing(JsonNode argument) {
        return argument.isTextual() && argument.asText().isEmpty();
    }

    private static String line(String command, List<String> positional, Map<String, List<String>> options) {
        StringBuilder line = new StringBuilder(command);
        positional.forEach(argument -> line.append(' ').append(argument));
        options.forEach((name, values) -> values.forEach(
                value -> line.append(" --").append(name).append(' ').append(value)));
        return line.toString();
    }
}
