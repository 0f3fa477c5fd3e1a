package ffmerge.magic.command;

import ffmerge.journal.Scoreboard;
import ffmerge.result.Result;
import java.util.List;

/** {@code scoreboard} */
record ScoreboardCommand() implements Command {
    private static final int DEFAULT_LAST = 1000;

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "scoreboard",
                "",
                0,
                0,
                CommandSpec.Takes.NOTHING,
                "logged runs beside the paper's results, each against its own baseline",
                "%ffmerge scoreboard --out scoreboard.html",
                CommandSpec.Makes.RESULT,
                List.of(
                        OptionSpec.whole("last", "N", "1000", "how many runs of the log are looked at"),
                        Options.AS_RESULT,
                        Options.OUT));
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        return Scoreboard.of(session.log().read(arguments.whole("last", DEFAULT_LAST, 1)));
    }
}
