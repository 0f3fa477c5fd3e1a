package ffmerge.shrink;

import ffmerge.UserError;
import ffmerge.architecture.Branch;
import ffmerge.architecture.ModelTensor;
import ffmerge.result.Step;
import java.util.List;
import java.util.function.Predicate;

/** Weights that may be edited: floats without adapters. */
final class PlainWeights {
    private PlainWeights() {}

    /** @throws UserError if what is merged carries adapters, or the weights are rounded, so that averages would be rounded twice */
    static void requireMergeable(String name, Outline model, Predicate<ModelTensor> merged) {
        requireNoAdapters(name, model, merged, "merged");
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
     * Adapters of a weight that is merged or goes would be left without it; those of others go along with theirs.
     *
     * @param touched weights of linear maps that are merged or go
     * @throws UserError if one of them carries an adapter, with what to do instead
     */
    static void requireNoAdapters(String name, Outline model, Predicate<ModelTensor> touched, String done) {
        boolean isInTheWay = !model.adapters().isEmpty()
                && model.architecture().linearWeights().stream()
                        .filter(touched)
                        .anyMatch(map -> model.adapters().adapted().contains(map.name()));
        if (isInTheWay) {
            // each place's own weights undo the tie, so there is a better way
            String remedy = model.adapters().differ()
                    ? "they differ in the places of a tied weight, so do that before --residual or tune, or give each place"
                            + " its own weights with %ffmerge fold " + name + " --untie --as NEW"
                    : "first make them part of the weights with %ffmerge fold " + name + " --as NEW";
            throw new UserError("'" + name + "' carries adapters, so it can't be " + done + ": " + remedy);
        }
    }

    /** Whether a tensor is of a kind of sublayer in these layers. */
    static Predicate<ModelTensor> in(List<Step.Group> groups, Branch branch) {
        return in(groups).and(tensor -> tensor.branch() == branch);
    }

    /** Whether a tensor is of these layers. */
    static Predicate<ModelTensor> in(List<Step.Group> groups) {
        return tensor -> groups.stream()
                .anyMatch(group ->
                        group.stack().equals(tensor.stack()) && group.layers().contains(tensor.layer()));
    }
}
