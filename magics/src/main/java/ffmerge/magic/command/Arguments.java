package ffmerge.magic.command;

import ffmerge.Nearest;
import ffmerge.UserError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A command's arguments and options, checked against its words. A value that is the name of a Java variable of the
 * notebook stands for the variable's value.
 */
public final class Arguments {
    private final CommandSpec spec;
    private final List<String> positional;
    private final Map<String, List<String>> options;
    private final Function<String, Optional<Object>> variables;

    private Arguments(
            CommandSpec spec,
            List<String> positional,
            Map<String, List<String>> options,
            Function<String, Optional<Object>> variables) {
        this.spec = spec;
        this.positional = positional;
        this.options = options;
        this.variables = variables;
    }

    /**
     * @param words what follows the command's name on its line
     * @param body options by name, from a YAML body; the line wins
     * @param variables the notebook's Java variables
     * @throws UserError if an option is unknown, lacks its value, or arguments are missing or too many
     */
    public static Arguments parse(
            CommandSpec spec,
            List<String> words,
            Map<String, List<String>> body,
            Function<String, Optional<Object>> variables) {
        List<String> positional = new ArrayList<>();
        Map<String, List<String>> line = new LinkedHashMap<>();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (!word.startsWith("--") || word.length() == 2) {
                positional.add(word);
                continue;
            }
            int equals = word.indexOf('=');
            String name = word.substring(2, equals < 0 ? word.length() : equals);
            OptionSpec option = known(spec, name);
            String value;
            if (equals >= 0) {
                value = word.substring(equals + 1);
            } else if (option.kind() == OptionSpec.Kind.FLAG) {
                value = "true";
            } else if (i + 1 < words.size() && !words.get(i + 1).startsWith("--")) {
                value = words.get(++i);
            } else {
                throw new UserError("--" + name + " needs a value: --" + name + " " + option.placeholder());
            }
            add(line, option, value);
        }
        Map<String, List<String>> options = new LinkedHashMap<>();
        body.forEach((name, values) -> {
            OptionSpec option = known(spec, name);
            values.forEach(value -> add(options, option, value));
        });
        options.putAll(line);
        if (positional.size() < spec.least()) {
            throw new UserError(spec.name() + " needs " + spec.arguments() + ": " + spec.example());
        }
        if (positional.size() > spec.most()) {
            throw new UserError(spec.name() + " takes " + (spec.most() == 0 ? "no arguments" : spec.arguments()) + "; '"
                    + positional.get(spec.most()) + "' is one too many");
        }
        return new Arguments(spec, positional, options, variables);
    }

    private static OptionSpec known(CommandSpec spec, String name) {
        return spec.option(name).orElseThrow(() -> {
            List<String> names = spec.options().stream().map(OptionSpec::name).toList();
            String all = names.isEmpty() ? "" : "it has --" + String.join(", --", names);
            return new UserError(spec.name() + " has no option --" + name + Nearest.hint(name, names, all));
        });
    }

    private static void add(Map<String, List<String>> options, OptionSpec option, String value) {
        List<String> values = options.computeIfAbsent(option.name(), n -> new ArrayList<>());
        if (!values.isEmpty() && option.kind() != OptionSpec.Kind.LIST) {
            throw new UserError("--" + option.name() + " is given twice");
        }
        values.add(value);
    }

    public List<String> positional() {
        return positional;
    }

    public String first() {
        return positional.get(0);
    }

    /** Every option that was given, as written. */
    public Map<String, List<String>> given() {
        return options;
    }

    public boolean has(String option) {
        return options.containsKey(option);
    }

    /** @throws UserError if the option has choices and this is none of them */
    public String text(String option, String fallback) {
        if (!has(option)) {
            return fallback;
        }
        String value = options.get(option).get(0);
        List<String> choices = spec.option(option).orElseThrow().choices();
        Optional<Object> variable = choices.contains(value) ? Optional.empty() : variables.apply(value);
        String text = variable.filter(v -> v instanceof String || v instanceof Number)
                .map(Object::toString)
                .orElse(value);
        if (!choices.isEmpty() && !choices.contains(text)) {
            throw new UserError("--" + option + " is " + String.join(", ", choices) + "; '" + text + "' isn't"
                    + Nearest.hint(text, choices));
        }
        return text;
    }

    /** As given, else what the command's words say holds; {@code none} where the command has no such option. */
    String textOrDefault(String option, String none) {
        return text(option, spec.option(option).map(OptionSpec::fallback).orElse(none));
    }

    public Optional<String> text(String option) {
        return Optional.ofNullable(text(option, null));
    }

    public boolean flag(String option) {
        return Boolean.parseBoolean(text(option, "false"));
    }

    /** @throws UserError if the value is no whole number or below {@code least} */
    public int whole(String option, int fallback, int least) {
        if (!has(option)) {
            return fallback;
        }
        String text = text(option, "");
        try {
            int value = Math.toIntExact(Long.parseLong(text.replace("_", "")));
            if (value >= least) {
                return value;
            }
        } catch (NumberFormatException | ArithmeticException e) {
            // said below
        }
        throw new UserError("--" + option + " is a whole number of at least " + least + "; '" + text + "' isn't");
    }

    /** @throws UserError if the value is no finite number of at least 0 */
    public double number(String option, double fallback) {
        if (!has(option)) {
            return fallback;
        }
        String text = text(option, "");
        try {
            double value = Double.parseDouble(text);
            if (Double.isFinite(value) && value >= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new UserError("--" + option + " is a number of at least 0; '" + text + "' isn't");
    }

    /** Every value of an option that may be given several times; one value may hold several, separated by commas. */
    public List<String> list(String option) {
        return options.getOrDefault(option, List.of());
    }

    /** The items of one value: {@code permute,none}. */
    public List<String> items(String option, String fallback) {
        return Arrays.stream(text(option, fallback).split(","))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .toList();
    }

    /** The value of the Java variable of this name, if a value that can be one's name is one's. */
    public Optional<Object> variable(String value) {
        return value.matches("[\\d,\\s-]+") ? Optional.empty() : variables.apply(value);
    }

    /** {@code 2,5,7} as numbers. */
    static List<Integer> layers(String text) {
        try {
            return Arrays.stream(text.split(","))
                    .map(String::strip)
                    .map(Integer::valueOf)
                    .toList();
        } catch (NumberFormatException e) {
            throw new UserError("layers are numbers joined by commas, as in 2,5,7; '" + text + "' isn't");
        }
    }
}
