package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.study.Result;
import java.util.List;
import java.util.Optional;

/** A command of the notebook's language. */
public sealed interface Command permits LoadCommand, EvalCommand, MergeCommand, InfoCommand {
    /** All commands, in the order in which help lists them. */
    List<Command> ALL = List.of(new LoadCommand(), new InfoCommand(), new MergeCommand(), new EvalCommand());

    CommandSpec spec();

    /**
     * Runs the command.
     *
     * @return what is shown, bound and logged
     * @throws UserError if the arguments are not as they should be
     */
    Result run(Arguments arguments, Session session, Host host);

    /** The name that {@code --as} gives to the result. */
    default Optional<String> boundName(Arguments arguments) {
        return arguments.text("as");
    }

    /** @throws UserError if there is no such command */
    static Command named(String name) {
        List<String> names = ALL.stream().map(c -> c.spec().name()).toList();
        return ALL.stream()
                .filter(c -> c.spec().name().equals(name))
                .findFirst()
                .orElseThrow(() -> new UserError("there is no command '" + name + "'" + Nearest.hint(name, names)
                        + "; there are " + String.join(", ", names)));
    }
}
