package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.adapter.AdapterSettings;
import ffmerge.adapter.AdapterSettings.Sharing;
import ffmerge.model.TransformerModel;
import java.util.List;
import java.util.Optional;

/** The options of {@code tune} that say what adapters a model gets. */
final class AdapterOptions {
    private static final int DEFAULT_RANK = 16;
    private static final double DEFAULT_DROPOUT = 0.05;

    static final OptionSpec ADAPTERS = OptionSpec.choice(
            "adapters",
            "shared for a model in nf4, else none",
            "train low-rank adapters beside frozen weights: one for all places of a tied weight, or one for each",
            "shared",
            "per-layer");
    static final OptionSpec RANK = OptionSpec.whole("rank", "N", "16", "of adapters");
    static final OptionSpec ALPHA =
            OptionSpec.number("alpha", "X", "twice the rank", "what adapters are scaled by, times their rank");
    static final OptionSpec DROPOUT =
            OptionSpec.number("adapter-dropout", "X", "0.05", "dropout of what enters adapters");
    static final OptionSpec TARGETS =
            OptionSpec.text("targets", "q_proj,v_proj,…|all", "all", "which linear maps of every layer get an adapter");

    /** What only makes sense for a model that gets adapters. */
    private static final List<OptionSpec> ONLY_WITH_ADAPTERS = List.of(RANK, ALPHA, DROPOUT, TARGETS);

    private AdapterOptions() {}

    /**
     * What adapters the model gets before it is tuned. Empty if all of its weights are tuned, or the adapters that it
     * carries.
     *
     * @throws UserError if the options contradict each other or the model
     */
    static Optional<AdapterSettings> of(String name, TransformerModel model, Arguments arguments) {
        boolean carries = model.parameters().adapterSettings().isPresent();
        if (carries && arguments.has("adapters")) {
            throw new UserError("'" + name + "' carries adapters already: without --adapters they are tuned further; "
                    + "%ffmerge fold " + name + " --as NEW makes them part of the weights");
        }
        boolean gets = arguments.has("adapters") || (model.parameters().isQuantized() && !carries);
        if (!gets) {
            ONLY_WITH_ADAPTERS.stream()
                    .filter(o -> arguments.has(o.name()))
                    .findFirst()
                    .ifPresent(o -> {
                        throw new UserError("--" + o.name() + " is of new adapters: "
                                + (carries ? "'" + name + "' has its own" : "add --adapters shared"));
                    });
            return Optional.empty();
        }
        int rank = arguments.whole("rank", DEFAULT_RANK, 1);
        return Optional.of(new AdapterSettings(
                rank,
                arguments.number("alpha", 2 * rank),
                arguments.number("adapter-dropout", DEFAULT_DROPOUT),
                AdapterSettings.targets(model.architecture(), arguments.items("targets", AdapterSettings.ALL)),
                Sharing.parse(arguments.text("adapters", Sharing.SHARED.label()))));
    }
}
