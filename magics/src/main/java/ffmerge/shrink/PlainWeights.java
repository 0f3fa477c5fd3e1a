package ffmerge.shrink;

import ffmerge.UserError;
import ffmerge.model.TransformerModel;

/** Models whose weights may be edited: float weights without adapters. */
public final class PlainWeights {
    private PlainWeights() {}

    /**
     * Merging averages weights: adapters of what becomes one would be left without their weight, and averages of NF4 values
     * would be rounded twice.
     *
     * @throws UserError if a model can't be merged, with what to do instead
     */
    public static void requireMergeable(String name, TransformerModel model) {
        requireNoAdapters(name, model, "merged");
        if (model.parameters().isQuantized()) {
            throw new UserError("'" + name + "' is held in nf4, of which no averages are made: merge first, then"
                    + " %ffmerge quantize what comes out");
        }
    }

    /** @throws UserError if a model carries adapters, with what to do instead */
    public static void requireNoAdapters(String name, TransformerModel model, String done) {
        if (model.parameters().adapterSettings().isPresent()) {
            throw new UserError("'" + name + "' carries adapters, so it can't be " + done
                    + ": first make them part of the weights with %ffmerge fold " + name + " --as NEW");
        }
    }
}
