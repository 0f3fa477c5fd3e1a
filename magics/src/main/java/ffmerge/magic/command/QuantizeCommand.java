package ffmerge.magic.command;

import ffmerge.architecture.Architecture;
import ffmerge.model.WeightForm;
import ffmerge.model.WeightForms;
import ffmerge.result.ShrinkResult;
import ffmerge.shrink.Quantize;
import ffmerge.shrink.Shrink;
import java.util.List;
import java.util.stream.Collectors;

/** {@code quantize NAME --to FORM --as NEW} */
record QuantizeCommand() implements ShrinkCommand {
    private static final Option<WeightForm> TO = Option.choice(
                    "to", "the form in which linear maps are held", WeightForm::label, WeightForms.ALL)
            .orElse(WeightForms.ALL.get(0));

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "quantize",
                "NAME",
                1,
                1,
                CommandSpec.Takes.LOADED_MODEL,
                "holds a model's linear maps in fewer bits: "
                        + WeightForms.ALL.stream()
                                .map(form -> form.title() + ", " + form.size())
                                .collect(Collectors.joining("; "))
                        + "; its ties are kept",
                "%ffmerge quantize small --as small4",
                CommandSpec.Makes.MODEL,
                List.of(TO, Options.AS_MODEL, Options.DRY_RUN, Options.OUT));
    }

    @Override
    public Class<ShrinkResult> result() {
        return ShrinkResult.class;
    }

    @Override
    public Shrink way(Arguments arguments, Architecture architecture) {
        return new Quantize(arguments.get(TO));
    }

    @Override
    public boolean isOpen(Arguments arguments) {
        return false;
    }

    @Override
    public List<List<Shrink>> open(Arguments arguments, Architecture architecture) {
        return List.of();
    }
}
