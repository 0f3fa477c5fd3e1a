package ffmerge.magic.command;

import ffmerge.result.InfoResult;
import ffmerge.result.Result;
import ffmerge.result.ShrinkResult;
import ffmerge.shrink.Fold;
import ffmerge.study.ModelInfos;
import java.util.List;

/** {@code fold NAME --as NEW} */
record FoldCommand() implements Command {
    private static final Option<Boolean> UNTIE =
            Option.flag("untie", "give places whose adapters differ weights of their own");

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "fold",
                "NAME",
                1,
                1,
                CommandSpec.Takes.LOADED_MODEL,
                "makes a model's adapters part of its weights, in float32; shared adapters keep the ties",
                "%ffmerge fold tuned --as whole",
                CommandSpec.Makes.MODEL,
                List.of(Options.AS_MODEL, UNTIE, Options.DRY_RUN, Options.OUT));
    }

    @Override
    public Class<InfoResult> result() {
        return InfoResult.class;
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        session.model(arguments.first(), host); // of a config alone, nothing is known of adapters
        Result result = ShrinkCommands.run(new Fold(arguments.get(UNTIE)), arguments, session, host);
        if (arguments.get(Options.DRY_RUN)) {
            return result;
        }
        String made = ((ShrinkResult) result).result();
        return new InfoResult(ModelInfos.of(made, session.model(made, host)));
    }
}
