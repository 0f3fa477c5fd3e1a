package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Bfloat16;
import ffmerge.torch.Precision;
import ffmerge.workload.GeneratingWorkload;
import ffmerge.workload.Workload;
import java.util.List;

/** In what precision a model is measured or recorded, where less than float32 will do. */
final class InferencePrecision {
    static final Option<Precision> OPTION = Option.choice(
                    "precision",
                    "of matrix products while the model is measured; bfloat16 takes less time where the processor knows it,"
                            + " and values agree to half a percent; units are matched in float32",
                    Precision::label,
                    List.of(Precision.FLOAT32, Precision.BFLOAT16))
            .orElse(Precision.FLOAT32);

    private InferencePrecision() {}

    /** @throws UserError where texts are generated, which is done in float32 */
    static Precision of(Arguments arguments, TransformerModel model, Workload workload, Host host) {
        Precision products = arguments.get(OPTION);
        if (products != Precision.FLOAT32 && workload instanceof GeneratingWorkload) {
            throw new UserError("--precision " + products.label() + " is for perplexity, accuracy and tasks: texts of "
                    + workload.data() + " are generated, which is done in float32");
        }
        return of(arguments, model, host);
    }

    /** Of passes that generate nothing. */
    static Precision of(Arguments arguments, TransformerModel model, Host host) {
        Precision products = arguments.get(OPTION);
        if (products == Precision.FLOAT32) {
            return products;
        }
        if (model.parameters().form().stream().anyMatch(form -> !form.isExpanded())) {
            host.notice("The model's linear maps multiply integers in any case; in " + products.label()
                    + " are only products of what isn't held in int8");
        }
        if (model.device().isGpu() || Bfloat16.isKnownToProcessor()) {
            return products;
        }
        host.notice("This processor has no instructions for bfloat16: float32 is faster here");
        return products;
    }
}
