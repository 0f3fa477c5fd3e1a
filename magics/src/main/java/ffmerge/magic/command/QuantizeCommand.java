package ffmerge.magic.command;

import ffmerge.result.Result;
import ffmerge.result.ShrinkResult;
import ffmerge.shrink.Quantize;
import java.util.List;

/** {@code quantize NAME --as NEW} */
record QuantizeCommand() implements Command {
    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "quantize",
                "NAME",
                1,
                1,
                CommandSpec.Takes.LOADED_MODEL,
                "holds a gated decoder's linear maps in NF4, 4.127 bits a parameter; its ties are kept",
                "%ffmerge quantize small --as small4",
                CommandSpec.Makes.MODEL,
                List.of(Options.AS_MODEL, Options.DRY_RUN, Options.OUT));
    }

    @Override
    public Class<ShrinkResult> result() {
        return ShrinkResult.class;
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        return ShrinkCommands.run(new Quantize(), arguments, session, host);
    }
}
