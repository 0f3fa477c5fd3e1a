package ffmerge.magic.command;

import ffmerge.Clauses;
import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.magic.typing.Interpolation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
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

    /** What the command asked for, as JSON holds it; null where that is nothing. */
    private final Map<String, Object> asked = new HashMap<>();
    /** What was used in the end, where that is more or less than what was asked for; null where nothing was. */
    private final Map<String, Object> used = new HashMap<>();

    /** Where models lay that were there for the command alone, by their names. */
    private final Map<String, String> places = new LinkedHashMap<>();

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
            if (values.isEmpty()) {
                if (option.kind() != Option.Kind.LIST) {
                    throw new UserError("--" + name + " needs a value: --" + name + " " + option.placeholder());
                }
                options.put(name, new ArrayList<>()); // said, though nothing
            }
            option.asWritten(values).forEach(value -> add(options, option, value));
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

    /** All options that the command has. */
    public List<Option<?>> options() {
        return spec.options();
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
        List<String> named = new ArrayList<>();
        for (String word : positional()) {
            boolean isName = isName(named.size());
            Optional<Object> variable = isName && !isModel.test(word) ? variables.apply(word) : Optional.empty();
            named.add(variable.filter(String.class::isInstance)
                    .map(String.class::cast)
                    .orElse(word));
        }
        return new Arguments(spec, named, options, variables);
    }

    /** Whether a model is named in this place. */
    private boolean isName(int place) {
        String[] usage = spec.arguments().split("\\s+");
        return usage[Math.min(place, usage.length - 1)].startsWith("NAME");
    }

    /** Those of the arguments that name models. */
    public List<String> names() {
        List<String> all = positional();
        return IntStream.range(0, all.size())
                .filter(this::isName)
                .mapToObj(all::get)
                .toList();
    }

    /** The same with other variables, of which none was read yet. */
    public Arguments seeing(Function<String, Optional<Object>> others) {
        return new Arguments(spec, positional, options, others);
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
                    .orElseThrow(() -> new UserError(braced + " is null; give it a value first"));
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

    /** Whether an option of this name is given. */
    boolean names(String option) {
        return options.containsKey(option);
    }

    /** The notebook's Java variables. */
    Function<String, Optional<Object>> variables() {
        return variables;
    }

    /**
     * What an option says, or what holds where it isn't given.
     *
     * @throws UserError if its value can't be meant
     */
    public <T> T get(Option<T> option) {
        return asked(
                option,
                given(option)
                        .or(option::preset)
                        .orElseThrow(() -> new IllegalArgumentException(option + " has no default of its own")));
    }

    /**
     * What an option says, or what holds in this case where it isn't given.
     *
     * @throws UserError if its value can't be meant
     */
    public <T> T get(Option<T> option, T otherwise) {
        return asked(option, given(option).orElse(otherwise));
    }

    private <T> T asked(Option<T> option, T value) {
        asked.put(option.name(), option.plain(value));
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
        return Optional.of(asked(option, once(option)));
    }

    @SuppressWarnings("unchecked") // a command has one option of a name
    private <T> T once(Option<T> option) {
        if (!read.containsKey(option.name())) {
            read.put(option.name(), read(option));
        }
        return (T) read.get(option.name());
    }

    /**
     * Reads all that is given, so that a value that can't be meant is said before the work begins.
     *
     * @throws UserError if a value can't be meant
     */
    public void requireReadable() {
        spec.options().stream().filter(this::has).forEach(this::once);
    }

    /**
     * Notes what was used of an option in the end, where that depended on the model or the data. Where it differs from
     * model to model, the log says nothing: each has what is its own.
     *
     * @param plain as JSON holds it
     */
    void used(Option<?> option, Object plain) {
        Object before = used.getOrDefault(option.name(), plain);
        used.put(option.name(), plain.equals(before) ? plain : null);
    }

    /** Notes where a model lay that was loaded for the command alone and is closed at its end. */
    void lay(String model, String place) {
        places.put(model, place);
    }

    /** Where such models lay, by their names. */
    Map<String, String> places() {
        return places;
    }

    /** Notes that nothing came of an option. */
    void unused(Option<?> option) {
        used.put(option.name(), null);
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
     * What the command used of its options: values of Java variables in place of their names, what holds where an option
     * isn't given, what the model and the data said to that. Given again as they stand here, they do the same; an option
     * that isn't here had no part in it.
     *
     * @return text, numbers, truths or lists by the options' names
     */
    public Map<String, Object> resolved() {
        Map<String, Object> all = new LinkedHashMap<>();
        for (Option<?> option : spec.options()) {
            String name = option.name();
            Object value = used.containsKey(name) ? used.get(name) : asked.get(name);
            boolean isNothing = value == null || value instanceof Collection<?> items && items.isEmpty();
            if (!isNothing) {
                all.put(name, value);
            }
        }
        return all;
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
