package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.prune.Saliency;
import ffmerge.prune.Sparsity;
import ffmerge.result.ShrinkResult;
import ffmerge.shrink.Prune;
import ffmerge.shrink.Shrink;
import java.util.List;
import java.util.Map;

/** {@code prune NAME --method wanda --sparsity 0.5 --unit weight --as NEW} */
record PruneCommand() implements ShrinkCommand {
    private static final Option<Saliency> METHOD = Option.choice(
                    "method",
                    "what the weights that go are lowest in: magnitude; wanda, magnitude times the norm of their input, in"
                            + " each output's row; obd, the loss that a second-order estimate gives them; or random",
                    Saliency::label,
                    List.of(Saliency.values()))
            .orElse(Saliency.MAGNITUDE);
    private static final Option<Double> SPARSITY =
            Option.share("sparsity", "the share that goes, from 0 to below 1, as 0.5 or 1/3");
    private static final Option<Prune.Unit> UNIT = Option.choice(
                    "unit",
                    "what goes: single weights, which become zero; whole FF units; or whole attention heads, with the keys and"
                            + " values that a group of them shares",
                    Prune.Unit::label,
                    List.of(Prune.Unit.values()))
            .orElse(Prune.Unit.WEIGHT);
    private static final Option<Prune.Site> SITE = Option.choice(
                    "site",
                    "of --unit weight: which linear maps lose weights",
                    Prune.Site::label,
                    List.of(Prune.Site.values()))
            .orElse(Prune.Site.FEED_FORWARD);

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "prune",
                "NAME",
                1,
                1,
                CommandSpec.Takes.LOADED_MODEL,
                "sets the weights that matter least to zero, or leaves out whole units",
                "%ffmerge prune base --method wanda --sparsity 0.5 --as sparse",
                CommandSpec.Makes.MODEL,
                DataOptions.list(
                        List.of(Options.AS_MODEL, METHOD, SPARSITY, UNIT, SITE, Options.SEED),
                        DataOptions.RECORDED,
                        List.of(Options.DRY_RUN, Options.OUT)));
    }

    @Override
    public Class<ShrinkResult> result() {
        return ShrinkResult.class;
    }

    @Override
    public Shrink way(Arguments arguments, Architecture architecture) {
        return way(
                arguments,
                arguments
                        .given(SPARSITY)
                        .orElseThrow(() ->
                                new UserError("say which share goes: prune " + arguments.first() + " --sparsity 0.5")));
    }

    @Override
    public boolean isOpen(Arguments arguments) {
        return !arguments.has(SPARSITY);
    }

    @Override
    public List<List<Shrink>> open(Arguments arguments, Architecture architecture) {
        return isOpen(arguments)
                ? Prune.shares(arguments.get(UNIT), architecture).stream()
                        .<List<Shrink>>map(share -> List.of(way(arguments, share)))
                        .toList()
                : List.of();
    }

    @Override
    public Map<String, Object> lacking(Shrink way) {
        return Map.of(SPARSITY.name(), way.step().options().get(SPARSITY.name()));
    }

    private static Shrink way(Arguments arguments, double share) {
        boolean elsewhere = arguments
                .given(SITE)
                .filter(site -> site != Prune.Site.ATTENTION)
                .isPresent();
        if (arguments.get(UNIT) == Prune.Unit.HEAD && elsewhere) {
            throw new UserError(
                    "heads are those of attention sublayers: leave --site out, or prune --unit weight or hidden");
        }
        return new Prune(
                arguments.get(METHOD),
                Sparsity.of(share),
                arguments.get(UNIT),
                arguments.get(SITE),
                arguments.get(Options.SEED));
    }
}
