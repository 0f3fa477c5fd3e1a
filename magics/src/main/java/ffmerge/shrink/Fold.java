package ffmerge.shrink;

import ffmerge.UserError;
import ffmerge.architecture.ModelTensor;
import ffmerge.model.TransformerModel;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import java.util.List;
import java.util.Set;

/**
 * Adapters become part of the weights, in float32.
 *
 * @param untie whether places of a tied weight may each get their own where their adapters differ
 */
public record Fold(boolean untie) implements Shrink {
    static final Way WAY = Way.ofFloats("fold", "folded");

    /** The parameters stay as many as they are without adapters: no step that makes a model smaller. */
    @Override
    public Step step() {
        return Step.of(WAY.name());
    }

    @Override
    public void requireFits(String name, TransformerModel model) {
        boolean hasFactors = model.parameters().hasFactors();
        if (hasFactors && !untie && model.parameters().adapterSettings().isEmpty()) {
            throw new UserError(
                    "'" + name + "' has other factors in each place of a tied weight, which one weight can't hold: add"
                            + " --untie to give each place its own");
        }
        if (model.parameters().adapterSettings().isEmpty() && !hasFactors) {
            throw new UserError("'" + name + "' carries no adapters: %ffmerge tune " + name
                    + " --adapters shared --as tuned makes a model that does");
        }
        if (model.parameters().hasDifferingAdapters() && !untie) {
            throw new UserError(
                    "'" + name + "' has other adapters in each place of a tied weight, which one weight can't"
                            + " hold: add --untie to give each place its own, or tune with --adapters shared");
        }
    }

    /** In float32 without adapters; each place has its own weight where it must. */
    @Override
    public Outline after(Outline before) {
        boolean unties = untie && before.adapters().differ();
        return unties
                ? Outline.of(before.architecture().withFactors(Set.of()), before.ties())
                        .untied(before.adapters().foldable())
                : Outline.of(before.architecture(), before.ties());
    }

    /** Weights with adapters are made anew beside the others, which are shared where they are float32 already. */
    @Override
    public Work work(Outline before) {
        Set<String> foldable = before.adapters().foldable();
        long values = before.architecture().linearWeights().stream()
                .filter(map -> foldable.contains(map.name()))
                .mapToLong(ModelTensor::elements)
                .sum();
        return new Work(values, 0, after(before).bytes());
    }

    @Override
    public Shrunk apply(TransformerModel model, Evidence evidence) {
        return new Shrunk(model.folded(untie && hasPlacesOfTheirOwn(model)));
    }

    /** Whether what a tied weight carries differs from place to place. */
    private static boolean hasPlacesOfTheirOwn(TransformerModel model) {
        return model.parameters().hasDifferingAdapters() || model.parameters().hasFactors();
    }

    @Override
    public String summary(String name) {
        return name + " with its adapters in its weights";
    }

    @Override
    public List<ShrinkResult.Change> changes() {
        return List.of();
    }
}
