package ffmerge.magic.command;

import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.result.Result;
import java.util.List;

/** A command of the notebook's language. */
public sealed interface Command
        permits HelpCommand,
                ModelsCommand,
                LoadCommand,
                InfoCommand,
                CkaCommand,
                AlignCommand,
                MergeCommand,
                DropCommand,
                QuantizeCommand,
                SweepCommand,
                TuneCommand,
                FoldCommand,
                EvalCommand,
                CompareCommand,
                MistakesCommand,
                SaveCommand,
                UnloadCommand,
                RunsCommand,
                ScoreboardCommand,
                RunCommand {
    /** All commands, in the order in which help lists them. */
    List<Command> ALL = List.of(
            new HelpCommand(),
            new ModelsCommand(),
            new LoadCommand(),
            new InfoCommand(),
            new CkaCommand(),
            new AlignCommand(),
            new MergeCommand(),
            new DropCommand(),
            new QuantizeCommand(),
            new SweepCommand(),
            new TuneCommand(),
            new FoldCommand(),
            new EvalCommand(),
            new CompareCommand(),
            new MistakesCommand(),
            new SaveCommand(),
            new UnloadCommand(),
            new RunsCommand(),
            new ScoreboardCommand(),
            new RunCommand());

    CommandSpec spec();

    /**
     * Runs the command.
     *
     * @return what is shown, bound and logged
     * @throws UserError if the arguments are not as they should be
     */
    Result run(Arguments arguments, Session session, Host host);

    /** @throws UserError if there is no such command */
    static Command named(String name) {
        List<String> names = ALL.stream().map(c -> c.spec().name()).toList();
        return ALL.stream()
                .filter(c -> c.spec().name().equals(name))
                .findFirst()
                .orElseThrow(() -> new UserError("there is no command '" + name + "'"
                        + Nearest.hint(name, names, "there are " + String.join(", ", names))));
    }
}
