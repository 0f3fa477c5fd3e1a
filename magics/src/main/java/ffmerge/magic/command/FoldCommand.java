package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.model.TransformerModel;
import ffmerge.result.InfoResult;
import ffmerge.result.ModelInfo;
import ffmerge.result.Result;
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
                List.of(Options.AS_MODEL, UNTIE, Options.OUT));
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        String name = arguments.first();
        TransformerModel model = session.model(name, host);
        String result = Options.newModel(arguments);
        boolean untie = arguments.get(UNTIE);
        if (model.parameters().adapterSettings().isEmpty()) {
            throw new UserError("'" + name + "' carries no adapters: %ffmerge tune " + name
                    + " --adapters shared --as tuned makes a model that does");
        }
        if (model.parameters().hasDifferingAdapters() && !untie) {
            throw new UserError(
                    "'" + name + "' has other adapters in each place of a tied weight, which one weight can't"
                            + " hold: add --untie to give each place its own, or tune with --adapters shared");
        }
        TransformerModel folded = model.folded(untie && model.parameters().hasDifferingAdapters());
        session.put(result, folded, session.lineage(name).folded());
        host.bind(result, folded);
        return new InfoResult(ModelInfo.of(result, folded));
    }
}
