package ffmerge.magic.command;

import ffmerge.result.Result;
import java.util.List;

/** {@code help [COMMAND]} */
record HelpCommand() implements Command {
    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "help",
                "[COMMAND]",
                0,
                1,
                CommandSpec.Takes.COMMAND,
                "the commands, or one command's options and an example",
                "%ffmerge help merge",
                CommandSpec.Makes.RESULT,
                List.of(Options.AS_RESULT));
    }

    @Override
    public Class<HelpResult> result() {
        return HelpResult.class;
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        return arguments.positional().isEmpty()
                ? new HelpResult(session.commands().specs())
                : new HelpResult(
                        List.of(session.commands().named(arguments.first()).spec()));
    }
}
