package ffmerge.shrink;

import ffmerge.architecture.Stack;
import ffmerge.model.TransformerModel;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A way to make a model smaller: a function from a model to a model, so that ways stack. Whoever sweeps, predicts, logs or
 * shows knows this type and none of its kinds; {@link Ways} lists them.
 */
public interface Shrink {
    /** What it does with all that was chosen, for the lineage and the log; two that differ in anything differ in this. */
    Step step();

    /**
     * What the shrunken model holds: exact, from shapes and ties alone.
     *
     * @throws ffmerge.UserError if the way can't be gone on a model of this outline, in one line that says why and what
     *     instead
     */
    Outline after(Outline before);

    /**
     * Checks what can be checked before work begins.
     *
     * @param name of the model, for the message
     * @throws ffmerge.UserError as {@link #after}; or if weights or adapters are in the way
     */
    default void requireFits(String name, TransformerModel model) {
        requireFits(name, Outline.of(model));
    }

    /** The same of a model that need not be there yet. */
    default void requireFits(String name, Outline model) {
        after(model);
    }

    /** What must be known of the model's activations before. */
    default Needs needs() {
        return Needs.NOTHING;
    }

    /** What making the new weights takes, beside finding {@link #needs}. */
    Work work(Outline before);

    /**
     * Makes the smaller model; {@code model} stays as it is, and weights that aren't changed are shared in memory.
     *
     * @param evidence of {@link #needs}
     */
    Shrunk apply(TransformerModel model, Evidence evidence);

    /** What a result says of it beside its step, whatever was chosen: fields by name. */
    default Map<String, Object> told() {
        return Map.of();
    }

    /**
     * What should be known before it is done.
     *
     * @param rows over which activations are recorded
     */
    default List<String> notices(Outline before, int rows) {
        return List.of();
    }

    /**
     * The names of tensors of the smaller model that training leaves as they are, whatever later becomes of the others.
     *
     * @param after what the smaller model holds
     */
    default Set<String> frozen(Outline after) {
        return Set.of();
    }

    /** What becomes of a model of this name, in words: {@code base without decoder layers 3-4}. */
    String summary(String name);

    /** The same, with what there is to say of this model alone. */
    default String summary(String name, Outline before) {
        return summary(name);
    }

    /** What becomes of each layer that is changed. */
    List<ShrinkResult.Change> changes();

    /** The groups that become one sublayer each, for the result; empty unless sublayers are merged. */
    default List<ShrinkResult.Group> groups() {
        return List.of();
    }

    /** The first layer that is changed, counted over all stacks; those before it give what they gave. */
    default int firstChangedLayer(Outline before) {
        int first = Integer.MAX_VALUE;
        int passed = 0;
        for (Stack stack : before.architecture().stacks()) {
            for (Step.Group group : step().groups()) {
                if (group.stack().equals(stack.name())) {
                    first = Math.min(
                            first,
                            passed
                                    + group.layers().stream()
                                            .min(Integer::compare)
                                            .orElse(0));
                }
            }
            passed += stack.layers();
        }
        return first == Integer.MAX_VALUE ? 0 : first;
    }
}
