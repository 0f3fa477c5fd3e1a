package ffmerge.magic.command;

import ffmerge.architecture.Architecture;
import ffmerge.result.InfoResult;
import ffmerge.result.Result;
import ffmerge.study.ModelInfos;
import java.util.List;

/** {@code info NAME} */
record InfoCommand() implements Command {
    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "info",
                "NAME",
                1,
                1,
                CommandSpec.Takes.LOADED_MODEL,
                "a model's architecture, parameters, bytes and FF sublayers; of one that isn't loaded, from its config alone",
                "%ffmerge info base",
                CommandSpec.Makes.RESULT,
                List.of(Options.AS_RESULT, Options.OUT));
    }

    @Override
    public Class<InfoResult> result() {
        return InfoResult.class;
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        String name = arguments.first();
        if (session.isLoaded(name, host)) {
            return new InfoResult(ModelInfos.of(name, session.model(name, host)));
        }
        Architecture architecture = session.architecture(name, host);
        return new InfoResult(ModelInfos.of(name, architecture, architecture.parameters()));
    }
}
