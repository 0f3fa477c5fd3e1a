package ffmerge.shrink;

import ffmerge.align.Aligner;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Branch;
import ffmerge.architecture.Stack;
import ffmerge.average.FeedForwardInputs;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a way to shrink must know of a model. What of it is of activations is found for several ways together, in one pass.
 *
 * @param pairs of sublayers whose units must be aligned, in the order in which they will be asked for
 * @param inputs FF sublayers of which must be known what enters them
 * @param inputSquares of which sublayers, all of them, it must be known how large what enters their maps is
 */
public record Needs(Set<Aligner.LayerPair> pairs, Set<FeedForwardInputs.Place> inputs, Set<Branch> inputSquares) {
    public static final Needs NOTHING = new Needs(Set.of(), Set.of());

    public Needs {
        pairs = Collections.unmodifiableSet(new LinkedHashSet<>(pairs));
        inputs = Collections.unmodifiableSet(new LinkedHashSet<>(inputs));
        inputSquares = Set.copyOf(inputSquares);
    }

    public Needs(List<Aligner.LayerPair> pairs) {
        this(new LinkedHashSet<>(pairs), Set.of());
    }

    public Needs(Set<Aligner.LayerPair> pairs, Set<FeedForwardInputs.Place> inputs) {
        this(pairs, inputs, Set.of());
    }

    /** How large what enters the maps of all these sublayers is. */
    public static Needs inputSquares(Set<Branch> branches) {
        return new Needs(Set.of(), Set.of(), branches);
    }

    public static Needs all(Collection<Needs> several) {
        Set<Aligner.LayerPair> pairs = new LinkedHashSet<>();
        Set<FeedForwardInputs.Place> inputs = new LinkedHashSet<>();
        Set<Branch> inputSquares = EnumSet.noneOf(Branch.class);
        several.forEach(needs -> {
            pairs.addAll(needs.pairs);
            inputs.addAll(needs.inputs);
            inputSquares.addAll(needs.inputSquares);
        });
        return new Needs(pairs, inputs, inputSquares);
    }

    /** Whether the model need not be run over any data. */
    public boolean isEmpty() {
        return inputs.isEmpty()
                && inputSquares.isEmpty()
                && pairs.stream().noneMatch(pair -> pair.features().areOfActivations());
    }

    /** Whether nothing at all need be known. */
    boolean isNothing() {
        return inputs.isEmpty() && pairs.isEmpty() && inputSquares.isEmpty();
    }

    List<Aligner.LayerPair> inOrder() {
        return List.copyOf(pairs);
    }

    /** How many layers, over all stacks, must be run to see it. */
    public int depth(Architecture architecture) {
        int depth = 0;
        int passed = 0;
        for (Stack stack : architecture.stacks()) {
            for (Aligner.LayerPair pair : pairs) {
                if (pair.features().areOfActivations() && pair.stack().equals(stack.name())) {
                    depth = Math.max(depth, passed + Math.max(pair.anchor(), pair.layer()) + 1);
                }
            }
            for (FeedForwardInputs.Place place : inputs) {
                if (place.stack().equals(stack.name())) {
                    depth = Math.max(depth, passed + place.layer() + 1);
                }
            }
            passed += stack.layers();
        }
        if (!inputSquares.isEmpty()) {
            depth = passed;
        }
        return depth;
    }
}
