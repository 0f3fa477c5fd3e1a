package ffmerge.shrink;

import ffmerge.UserError;

/** Models whose weights may be edited: float weights without adapters. */
final class PlainWeights {
    private PlainWeights() {}

    /** @throws UserError if a model carries adapters, or its weights are rounded, so that averages would be rounded twice */
    static void requireMergeable(String name, Outline model) {
        requireNoAdapters(name, model, "merged");
        requireFloats(name, model, "of which no averages are made: merge first");
    }

    /** @param first what can't be done, and what to do instead */
    static void requireFloats(String name, Outline model, String first) {
        model.form().ifPresent(form -> {
            throw new UserError("'" + name + "' is held in " + form.label() + ", " + first
                    + ", then %ffmerge quantize what comes out");
        });
    }

    /**
     * Adapters of a weight that is merged or goes would be left without it.
     *
     * @throws UserError if a model carries adapters, with what to do instead
     */
    static void requireNoAdapters(String name, Outline model, String done) {
        if (model.adapters().parameters() > 0) {
            // each place's own weights undo the tie, so there is a better way
            String remedy = model.adapters().differ()
                    ? "they differ in the places of a tied weight, so do that before --residual or tune, or give each place"
                            + " its own weights with %ffmerge fold " + name + " --untie --as NEW"
                    : "first make them part of the weights with %ffmerge fold " + name + " --as NEW";
            throw new UserError("'" + name + "' carries adapters, so it can't be " + done + ": " + remedy);
        }
    }
}
