package ffmerge.magic.command;

import java.util.List;
import java.util.Optional;

/**
 * A command's words.
 *
 * @param arguments what follows the name, in a usage line: {@code NAME FOLDER}
 * @param least how many arguments there must be
 * @param most how many there may be
 * @param takes what the arguments name, for completion
 * @param example a line that works on the demo
 * @param makes what {@code --as} gives a name to
 * @param notes what else is good to know
 */
public record CommandSpec(
        String name,
        String arguments,
        int least,
        int most,
        Takes takes,
        String summary,
        String example,
        Makes makes,
        List<Option<?>> options,
        List<Note> notes) {
    /** A word that is none of the command's own, such as an environment variable, and what it does. */
    public record Note(String word, String meaning) {}

    /** A command with nothing else to know. */
    public CommandSpec(
            String name,
            String arguments,
            int least,
            int most,
            Takes takes,
            String summary,
            String example,
            Makes makes,
            List<Option<?>> options) {
        this(name, arguments, least, most, takes, summary, example, makes, options, List.of());
    }

    /** What {@code --as} names. */
    public enum Makes {
        /** A model, which the command itself keeps and binds. */
        MODEL,
        /** The result record. */
        RESULT
    }

    /** What a command's arguments name. */
    public enum Takes {
        NOTHING,
        COMMAND,
        MODEL_TO_LOAD,
        LOADED_MODEL,
        SWEEP,
        FILE
    }

    public Optional<Option<?>> option(String option) {
        return options.stream()
                .filter(o -> o.name().equals(option))
                .<Option<?>>map(o -> o)
                .findFirst();
    }

    /** {@code %ffmerge merge NAME [--window …]}. */
    public String usage() {
        return ("%ffmerge " + name + " " + arguments).strip() + (options.isEmpty() ? "" : " [--option value]…");
    }
}
