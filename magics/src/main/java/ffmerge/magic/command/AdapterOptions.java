package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.adapter.AdapterSettings;
import ffmerge.adapter.AdapterSettings.Sharing;
import ffmerge.model.TransformerModel;
import ffmerge.result.Removed;
import ffmerge.result.Step;
import ffmerge.shrink.Outline;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The options of {@code tune} that say what adapters a model gets. */
final class AdapterOptions {
    static final Option<Sharing> ADAPTERS = Option.choice(
                    "adapters",
                    "train low-rank adapters beside frozen weights: one for all places of a tied weight, or one for"
                            + " each",
                    Sharing::label,
                    List.of(Sharing.values()))
            .dependsOn("shared for a quantized model, else none");
    static final Option<Integer> RANK = Option.whole("rank", 1, "of adapters").orElse(16);
    static final Option<Double> ALPHA = Option.number("alpha", "what adapters are scaled by, times their rank")
            .dependsOn("twice the rank");
    static final Option<Double> DROPOUT =
            Option.number("adapter-dropout", "dropout of what enters adapters").orElse(0.05);
    static final Option<List<String>> TARGETS = Option.items(
                    "targets", "q_proj,v_proj,…|all", "which linear maps of every layer get an adapter")
            .orElse(List.of(AdapterSettings.ALL));

    /** What only makes sense for a model that gets adapters. */
    private static final List<Option<?>> ONLY_WITH_ADAPTERS = List.of(RANK, ALPHA, DROPOUT, TARGETS);

    private AdapterOptions() {}

    /**
     * What adapters the model gets before it is tuned. Empty if all of its weights are tuned, or the adapters that it
     * carries.
     *
     * @throws UserError if the options contradict each other or the model
     */
    static Optional<AdapterSettings> of(String name, TransformerModel model, Arguments arguments) {
        boolean carries = model.parameters().adapterSettings().isPresent();
        if (carries && arguments.has(ADAPTERS)) {
            throw new UserError("'" + name + "' carries adapters already: without --adapters they are tuned further; "
                    + "%ffmerge fold " + name + " --as NEW makes them part of the weights");
        }
        boolean gets = arguments.has(ADAPTERS) || (model.parameters().isQuantized() && !carries);
        if (!gets) {
            ONLY_WITH_ADAPTERS.stream()
                    .filter(o -> arguments.has(o))
                    .findFirst()
                    .ifPresent(o -> {
                        throw new UserError("--" + o.name() + " is of new adapters: "
                                + (carries ? "'" + name + "' has its own" : "add --adapters shared"));
                    });
            return Optional.empty();
        }
        int rank = arguments.get(RANK);
        return Optional.of(new AdapterSettings(
                rank,
                arguments.get(ALPHA, 2.0 * rank),
                arguments.get(DROPOUT),
                AdapterSettings.targets(model.architecture(), arguments.get(TARGETS)),
                arguments.get(ADAPTERS, Sharing.SHARED)));
    }

    /**
     * A step with what it added, so that what a model holds less than what was loaded is known after it.
     *
     * @param adapted the model that got adapters, and had none before
     */
    static Step counted(Step adapt, TransformerModel adapted) {
        long added = Outline.of(adapted).adapters().parameters();
        return adapt.removing(new Removed(-added, -added * Float.BYTES, 0, 0));
    }

    /** What the lineage says of new adapters. */
    static Step step(AdapterSettings settings) {
        return Step.of("adapt")
                .with("adapters", settings.sharing().label())
                .with("rank", settings.rank())
                .with("alpha", settings.alpha())
                .with("targets", List.copyOf(settings.targets()));
    }

    /** What the lineage says of adapters that were read from a folder. */
    static Step step(Path folder) {
        return Step.of("adapt").with("from", folder.getFileName().toString());
    }
}
