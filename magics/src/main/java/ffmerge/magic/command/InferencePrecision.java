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
                    "of matrix products while the model is measured or recorded; bfloat16 takes less time where the"
                            + " processor knows it, and values agree to half a percent",
                    Precision::label,
                    List.of(Precision.FLOAT32, Precision.BFLOAT16))
            .orElse(Precision.FLOAT32);

    private InferencePrecision() {}

    /** @throws UserError where texts are generated, which is done in float32 */
    static Precision of(Arguments arguments, TransformerModel model, Workload workload, Host host) {
        Precision products = arguments.get(OPTION);
        if (products == Precision.FLOAT32) {
            return products;
        }
        if (workload instanceof GeneratingWorkload) {
            throw new UserError("--precision " + products.label() + " is for perplexity, accuracy and tasks: texts of "
                    + workload.data() + " are generated, which is done in float32");
        }
        if (model.device().isGpu() || Bfloat16.isKnownToProcessor()) {
            return products;
        }
        host.notice("This processor has no instructions for bfloat16: float32 is faster here");
        return products;
    }
}
