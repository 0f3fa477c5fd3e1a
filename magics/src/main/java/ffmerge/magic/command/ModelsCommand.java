package ffmerge.magic.command;

import ffmerge.result.FamiliesResult;
import ffmerge.result.ModelInfo;
import ffmerge.result.ModelsResult;
import ffmerge.result.Result;
import ffmerge.study.FamilyInfos;
import ffmerge.study.ModelInfos;
import java.util.List;

/** {@code models} */
record ModelsCommand() implements Command {
    private static final Option<Boolean> FAMILIES =
            Option.flag("families", "the families of models that can be loaded, and what works with each");

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "models",
                "",
                0,
                0,
                CommandSpec.Takes.NOTHING,
                "the demo models and data, and what is loaded; or which models can be loaded at all",
                "%ffmerge models",
                CommandSpec.Makes.RESULT,
                List.of(FAMILIES, Options.AS_RESULT));
    }

    @Override
    public Class<ModelsResult> result() {
        return ModelsResult.class;
    }

    @Override
    public boolean gives(Result result) {
        return result instanceof FamiliesResult || Command.super.gives(result);
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        if (arguments.get(FAMILIES)) {
            return FamilyInfos.all();
        }
        List<ModelInfo> loaded = session.models().entrySet().stream()
                .map(e -> ModelInfos.of(e.getKey(), e.getValue()))
                .toList();
        return new ModelsResult(session.home().models(), session.home().dataSets(), loaded);
    }
}
