package ffmerge.magic.command;

import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.shrink.Ways;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The commands that there are: what runs, helps, completes and reads recipes asks here and nowhere else.
 *
 * @param all in the order in which help lists them
 */
public record Commands(List<Command> all) {
    /** Those of ffmerge itself. */
    public static final Commands BUILT_IN = new Commands(List.of(
            new HelpCommand(),
            new ModelsCommand(),
            new LoadCommand(),
            new InfoCommand(),
            new CkaCommand(),
            new AlignCommand(),
            new MergeCommand(),
            new DropCommand(),
            new PruneCommand(),
            new QuantizeCommand(),
            new SweepCommand(Ways.BUILT_IN),
            new ExploreCommand(),
            new ChooseCommand(Ways.BUILT_IN),
            new TuneCommand(),
            new FoldCommand(),
            new EvalCommand(),
            new CompareCommand(),
            new GridCommand(),
            new MistakesCommand(),
            new SaveCommand(),
            new UnloadCommand(),
            new RunsCommand(),
            new ScoreboardCommand(),
            new RunCommand()));

    public Commands {
        all = List.copyOf(all);
    }

    /** These and more behind them. */
    public Commands with(Command... more) {
        return new Commands(Stream.concat(all.stream(), Stream.of(more)).toList());
    }

    /** These where ways to shrink are named by this list. */
    Commands over(Ways known) {
        return new Commands(all.stream().map(command -> command.over(known)).toList());
    }

    public List<CommandSpec> specs() {
        return all.stream().map(Command::spec).toList();
    }

    public List<String> names() {
        return specs().stream().map(CommandSpec::name).toList();
    }

    /** @return empty if there is no such command */
    public Optional<Command> find(String name) {
        return all.stream().filter(c -> c.spec().name().equals(name)).findFirst();
    }

    /** @throws UserError if there is no such command */
    public Command named(String name) {
        return find(name)
                .orElseThrow(() -> new UserError("there is no command '" + name + "'"
                        + Nearest.hint(name, names(), "there are " + String.join(", ", names()))));
    }
}
