package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.model.TransformerModel;
import ffmerge.result.InfoResult;
import ffmerge.result.ModelInfo;
import ffmerge.result.Result;
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
                List.of(Options.AS_MODEL, Options.OUT));
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        String name = arguments.first();
        TransformerModel model = session.model(name, host);
        String result = Options.newModel(arguments);
        if (model.parameters().isQuantized()) {
            throw new UserError("'" + name + "' is in nf4 already");
        }
        TransformerModel quantized = model.quantized();
        session.put(result, quantized, session.lineage(name).quantized());
        host.bind(result, quantized);
        return new InfoResult(ModelInfo.of(result, quantized));
    }
}
