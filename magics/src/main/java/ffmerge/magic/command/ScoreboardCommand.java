package ffmerge.magic.command;

import ffmerge.journal.Scoreboard;
import ffmerge.result.Result;
import ffmerge.result.ScoreboardResult;
import java.util.List;

/** {@code scoreboard} */
record ScoreboardCommand() implements Command {
    private static final Option<Integer> LAST =
            Option.whole("last", 1, "how many runs of the log are looked at").orElse(1000);

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
                List.of(LAST, Options.AS_RESULT, Options.OUT, Options.WIDTH));
    }

    @Override
    public Class<ScoreboardResult> result() {
        return ScoreboardResult.class;
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        return Scoreboard.of(session.log().read(arguments.get(LAST)), session.ways());
    }
}
