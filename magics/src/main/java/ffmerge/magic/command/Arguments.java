package ffmerge.magic.command;

import ffmerge.Clauses;
import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.magic.typing.Interpolation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.lang.model.SourceVersion;

/**
 * A command's arguments and options, checked against its words. A value that is the name of a Java variable of the
 * notebook stands for the variable's value, and an {@code {expression}} within a value for what it yields.
 */
public final class Arguments {
    private final CommandSpec spec;
    private final List<String> positional;
    private final Map<String, List<String>> options;
    private final Function<String, Optional<Object>> variables;
    /** What was read so far, so that a Java variable counts as it was when it was first asked for. */
    private final Map<String, Object> read = new HashMap<>();

    private final Map<String, Object> resolved = new LinkedHashMap<>();

    private Arguments(
            CommandSpec spec,
            List<String> positional,
            Map<String, List<String>> options,
            Function<String, Optional<Object>> variables) {
        this.spec = spec;
        this.positional =
                spec.most() == Integer.MAX_VALUE ? OptionValues.distinct(spec.name(), positional) : positional;
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
            Option<?> option = known(spec, name);
            String value;
            if (equals >= 0) {
                value = word.substring(equals + 1);
            } else if (option.kind() == Option.Kind.FLAG) {
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
            Option<?> option = known(spec, name);
            values.forEach(value -> add(options, option, value));
        });
        options.putAll(line);
        if (positional.size() < spec.least()) {
            throw new UserError(spec.name() + " needs " + spec.arguments() + ": " + spec.example());
        }
        if (positional.size() > spec.most()) {
            throw tooMany(spec, positional.get(spec.most()));
        }
        return new Arguments(spec, positional, options, variables);
    }

    private static UserError tooMany(CommandSpec spec, String word) {
        String option = word.replaceFirst("^[-–—]+", "");
        return new UserError(spec.name() + " takes " + (spec.most() == 0 ? "no arguments" : spec.arguments()) + "; '"
                + word + "' is one too many"
                + (spec.option(option).isPresent() ? "; did you mean --" + option + "?" : ""));
    }

    private static Option<?> known(CommandSpec spec, String name) {
        return spec.option(name).orElseThrow(() -> {
            List<String> names = spec.options().stream().map(Option::name).toList();
            String all = names.isEmpty() ? "" : "it has --" + String.join(", --", names);
            return new UserError(spec.name() + " has no option --" + name + Nearest.hint(name, names, all));
        });
    }

    private static void add(Map<String, List<String>> options, Option<?> option, String value) {
        List<String> values = options.computeIfAbsent(option.name(), n -> new ArrayList<>());
        if (!values.isEmpty() && option.kind() != Option.Kind.LIST) {
            throw new UserError("--" + option.name() + " is given twice");
        }
        values.add(value);
    }

    /** The command's name. */
    public String command() {
        return spec.name();
    }

    /**
     * The same, with Java variables of text in the place of names that stand for no model.
     *
     * @param isModel whether a model has this name
     */
    public Arguments naming(Predicate<String> isModel) {
        String[] usage = spec.arguments().split("\\s+");
        List<String> named = new ArrayList<>();
        for (String word : positional()) {
            boolean isName = usage[Math.min(named.size(), usage.length - 1)].startsWith("NAME");
            Optional<Object> variable = isName && !isModel.test(word) ? variables.apply(word) : Optional.empty();
            named.add(variable.filter(String.class::isInstance)
                    .map(String.class::cast)
                    .orElse(word));
        }
        return new Arguments(spec, named, options, variables);
    }

    public List<String> positional() {
        return positional.stream().map(this::interpolated).toList();
    }

    public String first() {
        return interpolated(positional.get(0));
    }

    /**
     * A word with what its expressions yield in their place. One that is nothing but an expression stays as it is where
     * that yields no text: whoever asks for the variable of this name gets its value.
     */
    private String interpolated(String word) {
        List<Interpolation.Part> parts = Interpolation.parts(word);
        StringBuilder text = new StringBuilder();
        for (Interpolation.Part part : parts) {
            if (!part.isExpression()) {
                text.append(part.text());
                continue;
            }
            String braced = "{" + part.text() + "}";
            Object value = variables
                    .apply(braced)
                    .orElseThrow(() -> new UserError(braced + " yields nothing: there is no such Java variable"));
            Optional<String> own = OptionValues.text(value);
            if (own.isEmpty() && parts.size() == 1) {
                return braced;
            }
            text.append(own.orElseThrow(() -> new UserError(braced + " yields no text, but an object of type "
                    + value.getClass().getSimpleName())));
        }
        return text.toString();
    }

    public boolean has(Option<?> option) {
        return options.containsKey(option.name());
    }

    /**
     * What an option says, or what holds where it isn't given.
     *
     * @throws UserError if its value can't be meant
     */
    public <T> T get(Option<T> option) {
        return given(option)
                .or(option::preset)
                .orElseThrow(() -> new IllegalArgumentException(option + " has no default of its own"));
    }

    /**
     * What an option says, or what holds in this case where it isn't given.
     *
     * @throws UserError if its value can't be meant
     */
    public <T> T get(Option<T> option, T otherwise) {
        T value = given(option).orElse(otherwise);
        resolved.put(option.name(), option.plain(value));
        return value;
    }

    /**
     * What an option says, if it is given.
     *
     * @throws UserError if its value can't be meant
     */
    public <T> Optional<T> given(Option<T> option) {
        if (!has(option)) {
            return Optional.empty();
        }
        if (!read.containsKey(option.name())) {
            T value = read(option);
            read.put(option.name(), value);
            resolved.put(option.name(), option.plain(value));
        }
        @SuppressWarnings("unchecked") // a command has one option of a name
        T value = (T) read.get(option.name());
        return Optional.of(value);
    }

    private <T> T read(Option<T> option) {
        List<String> written = options.get(option.name());
        try {
            return option.read(written.stream().map(word -> meant(option, word)).toList());
        } catch (UserError e) {
            throw written.stream()
                    .map(this::unresolved)
                    .filter(hint -> !hint.isEmpty() && !e.getMessage().contains("Java variable"))
                    .findFirst()
                    .map(hint -> new UserError(Clauses.join(e.getMessage(), hint), e))
                    .orElse(e);
        }
    }

    private Option.Given meant(Option<?> option, String word) {
        String written = option.names() == Option.Names.PLACES ? word : interpolated(word);
        Optional<Object> variable = option.choices().contains(written) ? Optional.empty() : variable(written);
        return new Option.Given(written, variable.orElse(written));
    }

    /** The value of the Java variable of this name, if a value that can be one's name is one's. */
    private Optional<Object> variable(String value) {
        return value.matches("[\\d,\\s-]+") ? Optional.empty() : variables.apply(value);
    }

    /** What is to be added where a value is wrong that may have been meant as a variable. */
    private String unresolved(String value) {
        if (!SourceVersion.isName(value)) {
            return "";
        }
        return variables
                .apply(value)
                .map(held -> "the Java variable '" + value + "' is of type "
                        + held.getClass().getSimpleName())
                .orElse("there is no Java variable '" + value + "' either");
    }

    /**
     * The options of the command as they hold: values of Java variables in place of their names, and what holds where an
     * option isn't given. What depends on more than the options is there once the command has asked for it.
     *
     * @return text, numbers, truths or lists by the options' names
     * @throws UserError if a value can't be meant
     */
    public Map<String, Object> resolved() {
        Map<String, Object> all = new LinkedHashMap<>();
        for (Option<?> option : spec.options()) {
            resolve(option).ifPresent(value -> all.put(option.name(), value));
        }
        return all;
    }

    private <T> Optional<Object> resolve(Option<T> option) {
        if (!resolved.containsKey(option.name())) {
            return given(option).or(option::preset).map(option::plain);
        }
        return Optional.of(resolved.get(option.name()));
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
