package ffmerge.magic.command;

import ffmerge.result.ModelInfo;
import ffmerge.result.ModelsResult;
import ffmerge.result.Result;
import ffmerge.study.ModelInfos;
import java.util.List;

/** {@code unload NAME…} */
record UnloadCommand() implements Command {
    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "unload",
                "NAME…",
                1,
                Integer.MAX_VALUE,
                CommandSpec.Takes.LOADED_MODEL,
                "closes models and gives their memory back",
                "%ffmerge unload small",
                CommandSpec.Makes.RESULT,
                List.of());
    }

    @Override
    public Class<ModelsResult> result() {
        return ModelsResult.class;
    }

    @Override
    public List<String> unloaded(Arguments arguments) {
        return arguments.positional();
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        arguments.positional().forEach(name -> session.requireLoaded(name));
        for (String name : arguments.positional()) {
            host.release(session.remove(name));
        }
        List<ModelInfo> loaded = session.models().entrySet().stream()
                .map(e -> ModelInfos.of(e.getKey(), e.getValue()))
                .toList();
        return new ModelsResult(session.home().models(), session.home().dataSets(), loaded);
    }
}
