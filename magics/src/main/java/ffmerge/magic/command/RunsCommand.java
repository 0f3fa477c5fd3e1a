package ffmerge.magic.command;

import ffmerge.result.Result;
import ffmerge.result.RunsResult;
import java.util.List;

/** {@code runs} */
record RunsCommand() implements Command {
    private static final Option<Integer> LAST =
            Option.whole("last", 1, "how many").orElse(20);

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "runs",
                "",
                0,
                0,
                CommandSpec.Takes.NOTHING,
                "the log of runs, newest last",
                "%ffmerge runs --last 10",
                CommandSpec.Makes.RESULT,
                List.of(LAST, Options.AS_RESULT, Options.OUT));
    }

    @Override
    public Class<RunsResult> result() {
        return RunsResult.class;
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        return new RunsResult(session.log().read(arguments.get(LAST)));
    }
}
