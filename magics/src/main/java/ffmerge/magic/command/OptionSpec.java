package ffmerge.magic.command;

import java.util.List;

/**
 * An option of a command.
 *
 * @param name without hyphens
 * @param kind what its value is
 * @param placeholder the value in a usage line: {@code NAME}
 * @param fallback what holds where it is not given, as a person would say it; "" where nothing does
 * @param help one line
 * @param choices the only values there are; empty where there are others
 */
public record OptionSpec(
        String name, Kind kind, String placeholder, String fallback, String help, List<String> choices) {
    /** What an option's value is. */
    public enum Kind {
        FLAG,
        TEXT,
        NUMBER,
        WHOLE_NUMBER,
        /** May be given several times. */
        LIST
    }

    static OptionSpec flag(String name, String help) {
        return new OptionSpec(name, Kind.FLAG, "", "", help, List.of("true", "false"));
    }

    static OptionSpec text(String name, String placeholder, String fallback, String help) {
        return new OptionSpec(name, Kind.TEXT, placeholder, fallback, help, List.of());
    }

    static OptionSpec choice(String name, String fallback, String help, String... choices) {
        return new OptionSpec(name, Kind.TEXT, String.join("|", choices), fallback, help, List.of(choices));
    }

    static OptionSpec whole(String name, String placeholder, String fallback, String help) {
        return new OptionSpec(name, Kind.WHOLE_NUMBER, placeholder, fallback, help, List.of());
    }

    static OptionSpec number(String name, String placeholder, String fallback, String help) {
        return new OptionSpec(name, Kind.NUMBER, placeholder, fallback, help, List.of());
    }

    static OptionSpec list(String name, String placeholder, String fallback, String help) {
        return new OptionSpec(name, Kind.LIST, placeholder, fallback, help, List.of());
    }
}
