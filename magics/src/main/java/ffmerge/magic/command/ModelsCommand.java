package ffmerge.magic.command;

import ffmerge.result.ModelInfo;
import ffmerge.result.ModelsResult;
import ffmerge.result.Result;
import ffmerge.study.ModelInfos;
import java.util.List;

/** {@code models} */
record ModelsCommand() implements Command {
    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "models",
                "",
                0,
                0,
                CommandSpec.Takes.NOTHING,
                "the demo models and data, and what is loaded",
                "%ffmerge models",
                CommandSpec.Makes.RESULT,
                List.of(Options.AS_RESULT));
    }

    @Override
    public Class<ModelsResult> result() {
        return ModelsResult.class;
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        List<ModelInfo> loaded = session.models().entrySet().stream()
                .map(e -> ModelInfos.of(e.getKey(), e.getValue()))
                .toList();
        return new ModelsResult(session.home().models(), session.home().dataSets(), loaded);
    }
}
