package ffmerge.magic.command;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import ffmerge.UserError;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * An option of a command: how it is written, what it is read as, and what holds where it is not given. The help, the
 * completion, the commands and the log all take it from here.
 *
 * @param <T> what it is read as
 */
@JsonAutoDetect(
        fieldVisibility = JsonAutoDetect.Visibility.NONE,
        getterVisibility = JsonAutoDetect.Visibility.NONE,
        isGetterVisibility = JsonAutoDetect.Visibility.NONE)
@JsonPropertyOrder({"name", "kind", "placeholder", "fallback", "help", "choices"})
public final class Option<T> {
    /** How an option is written. */
    public enum Kind {
        FLAG,
        TEXT,
        NUMBER,
        WHOLE_NUMBER,
        /** May be given several times. */
        LIST
    }

    /** What a value names that is at hand, so that it can be proposed. */
    public enum Names {
        NOTHING,
        WINDOW,
        LAYER,
        STACK,
        DATA,
        LOADED_MODEL,
        /** A loaded model, or one that can be loaded. */
        MODEL,
        FOLDER,
        /** What is written: a folder that gets a result in all its forms, or a file in one. */
        OUTPUT_FOLDER,
        /** Places in braces that the option itself fills: no Java expressions. */
        PLACES
    }

    /**
     * A value.
     *
     * @param written as it was
     * @param value what it stands for: the value of a Java variable of that name, else the same
     */
    record Given(String written, Object value) {
        /** A Java variable that can't be typed is not meant. */
        String text() {
            return OptionValues.text(value).orElse(written);
        }
    }

    private final String name;
    private final Kind kind;
    private final String placeholder;
    private final String help;
    private final List<String> choices;
    private final Names names;
    private final Function<List<Given>, T> reader;
    /** A value as JSON holds it. */
    private final Function<T, Object> plain;
    /** Whether several values are one with commas between them. */
    private final boolean items;
    /** Null where nothing holds, or what holds depends. */
    private final T preset;

    private final String fallback;

    private Option(
            String name,
            Kind kind,
            String placeholder,
            String help,
            List<String> choices,
            Names names,
            Function<List<Given>, T> reader,
            Function<T, Object> plain,
            boolean items,
            T preset,
            String fallback) {
        this.name = name;
        this.kind = kind;
        this.placeholder = placeholder;
        this.help = help;
        this.choices = choices;
        this.names = names;
        this.reader = reader;
        this.plain = plain;
        this.items = items;
        this.preset = preset;
        this.fallback = fallback;
    }

    private static <T> Option<T> of(
            String name,
            Kind kind,
            String placeholder,
            String help,
            List<String> choices,
            Function<List<Given>, T> reader,
            Function<T, Object> plain) {
        return new Option<>(name, kind, placeholder, help, choices, Names.NOTHING, reader, plain, false, null, "");
    }

    /** One that is false where it is not given. */
    public static Option<Boolean> flag(String name, String help) {
        List<String> choices = List.of("true", "false");
        return new Option<>(
                name,
                Kind.FLAG,
                "",
                help,
                choices,
                Names.NOTHING,
                given -> Boolean.valueOf(OptionValues.choice(name, only(given), choices)),
                value -> value,
                false,
                false,
                "");
    }

    public static Option<String> text(String name, String placeholder, String help) {
        return parsed(name, placeholder, help, text -> text, text -> text);
    }

    /** A name that is given: the word itself, though a Java variable be called so. */
    public static Option<String> name(String name, String help) {
        return of(
                name, Kind.TEXT, "NAME", help, List.of(), given -> given.get(0).written(), word -> word);
    }

    /**
     * One whose value is read from its text.
     *
     * @param read throws a UserError where it can't be meant
     * @param label the text of a value
     */
    public static <T> Option<T> parsed(
            String name, String placeholder, String help, Function<String, T> read, Function<T, String> label) {
        return of(
                name, Kind.TEXT, placeholder, help, List.of(), given -> read.apply(only(given)), label.andThen(l -> l));
    }

    /** @param label the word of a value */
    public static <T> Option<T> choice(String name, String help, Function<T, String> label, List<T> values) {
        List<String> labels = values.stream().map(label).toList();
        return of(
                name,
                Kind.TEXT,
                String.join("|", labels),
                help,
                labels,
                given -> values.get(labels.indexOf(OptionValues.choice(name, only(given), labels))),
                label.andThen(l -> l));
    }

    public static Option<String> choice(String name, String help, String... choices) {
        return choice(name, help, choice -> choice, List.of(choices));
    }

    /** @param least the smallest value */
    public static Option<Integer> whole(String name, int least, String help) {
        return of(
                name,
                Kind.WHOLE_NUMBER,
                "N",
                help,
                List.of(),
                given -> OptionValues.whole(name, only(given), least),
                value -> value);
    }

    /** A finite number of at least 0. */
    public static Option<Double> number(String name, String help) {
        return of(
                name,
                Kind.NUMBER,
                "X",
                help,
                List.of(),
                given -> OptionValues.number(name, only(given)),
                value -> value);
    }

    /** A share, as {@code 0.25} or {@code 1/3}, of what is rounded down; whoever takes it says what it may be. */
    public static Option<Double> share(String name, String help) {
        return of(
                name,
                Kind.NUMBER,
                "X",
                help,
                List.of(),
                given -> {
                    String text = only(given);
                    try {
                        return text.contains("/") ? OptionValues.shareFromAbove(text) : OptionValues.number(name, text);
                    } catch (NumberFormatException e) {
                        throw new UserError("--" + name + " is a share, as 0.25 or 1/4; '" + text + "' isn't", e);
                    }
                },
                value -> value);
    }

    /** Bytes, as {@code 500MB}. */
    public static Option<Long> size(String name, String help) {
        return of(
                name,
                Kind.TEXT,
                "SIZE",
                help,
                List.of(),
                given -> OptionValues.size(name, only(given)),
                OptionValues::size);
    }

    /** Several words in one value, separated by commas, each once: {@code permute,none}. */
    public static Option<List<String>> items(String name, String placeholder, String help) {
        return items(name, placeholder, help, items -> OptionValues.distinct("--" + name, items));
    }

    /** Several words in one value, separated by commas; one may stand there twice: {@code cpu,cpu}. */
    static Option<List<String>> repeatableItems(String name, String placeholder, String help) {
        return items(name, placeholder, help, items -> items);
    }

    private static Option<List<String>> items(
            String name, String placeholder, String help, UnaryOperator<List<String>> checked) {
        return ofItems(name, placeholder, help, checked::apply, values -> values);
    }

    /**
     * One whole number or several, separated by commas, each once: {@code 4,6,8}. In JSON one is a number.
     *
     * @param least the smallest value
     */
    static Option<List<Integer>> wholes(String name, int least, String help) {
        return ofItems(
                name,
                "N[,N…]",
                help,
                items -> OptionValues.distinct(
                        "--" + name,
                        items.stream()
                                .map(item -> OptionValues.whole(name, item, least))
                                .toList()),
                numbers -> numbers.size() == 1 ? numbers.get(0) : numbers);
    }

    private static <T> Option<List<T>> ofItems(
            String name,
            String placeholder,
            String help,
            Function<List<String>, List<T>> read,
            Function<List<T>, Object> plain) {
        return new Option<>(
                name,
                Kind.TEXT,
                placeholder,
                help,
                List.of(),
                Names.NOTHING,
                given -> read.apply(OptionValues.items(name, only(given))),
                plain,
                true,
                null,
                "");
    }

    /**
     * One that may be given several times; none where it is not given.
     *
     * @param plain one of its values as JSON holds it
     */
    static <T> Option<List<T>> list(
            String name, String placeholder, String help, Function<Given, T> read, Function<T, Object> plain) {
        return new Option<>(
                name,
                Kind.LIST,
                placeholder,
                help,
                List.of(),
                Names.NOTHING,
                given -> given.stream().map(read).toList(),
                values -> values.stream().map(plain).toList(),
                false,
                List.of(),
                "");
    }

    /** The same where this value holds unless another is given. */
    public Option<T> orElse(T value) {
        String words = words(plain.apply(value));
        return new Option<>(name, kind, placeholder, help, choices, names, reader, plain, items, value, words);
    }

    /**
     * The same where this value holds unless another is given.
     *
     * @param words the value as a person would say it; JSON has none, as nothing is chosen by it
     */
    public Option<T> orElse(T value, String words) {
        Function<T, Object> said = v -> v.equals(value) ? null : plain.apply(v);
        return new Option<>(name, kind, placeholder, help, choices, names, reader, said, items, value, words);
    }

    /** The same where it depends what holds unless a value is given: on the model, or on other options. */
    public Option<T> dependsOn(String words) {
        return new Option<>(name, kind, placeholder, help, choices, names, reader, plain, items, null, words);
    }

    /** The same where values are names of something that is at hand. */
    Option<T> naming(Names what) {
        return new Option<>(name, kind, placeholder, help, choices, what, reader, plain, items, preset, fallback);
    }

    /** Without hyphens. */
    @JsonProperty
    public String name() {
        return name;
    }

    @JsonProperty
    public Kind kind() {
        return kind;
    }

    /** The value in a usage line: {@code NAME}. */
    @JsonProperty
    public String placeholder() {
        return placeholder;
    }

    /** What holds where it is not given, as a person would say it; "" where nothing does. */
    @JsonProperty
    public String fallback() {
        return fallback;
    }

    /** One line. */
    @JsonProperty
    public String help() {
        return help;
    }

    /** The only values there are; empty where there are others. */
    @JsonProperty
    public List<String> choices() {
        return choices;
    }

    public Names names() {
        return names;
    }

    /** What holds where it is not given; empty where nothing does, or it depends. */
    public Optional<T> preset() {
        return Optional.ofNullable(preset);
    }

    /** The values of a list in YAML as they would be written on a line. */
    List<String> asWritten(List<String> values) {
        return items && values.size() > 1 ? List.of(String.join(",", values)) : values;
    }

    /** @throws UserError if the values are none of this option */
    T read(List<Given> given) {
        return reader.apply(given);
    }

    /** A value as JSON holds it: text, a number, a truth or a list, to be given again; null where that is nothing. */
    Object plain(T value) {
        return plain.apply(value);
    }

    private static String only(List<Given> given) {
        return given.get(0).text();
    }

    private static String words(Object plain) {
        if (plain instanceof List<?> list) {
            return String.join(",", list.stream().map(Option::words).toList());
        }
        if (plain instanceof Double number && number == Math.rint(number)) {
            return String.format(Locale.ROOT, "%.0f", number);
        }
        return plain.toString().replace("\n", "\\n");
    }

    @Override
    public String toString() {
        return ("--" + name + " " + placeholder).strip();
    }
}
