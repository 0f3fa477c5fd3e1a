package ffmerge.shrink;

import ffmerge.align.Aligner;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Stack;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a way to shrink must know of a model's activations. Those of several ways are found together, in one pass.
 *
 * @param pairs of sublayers whose units must be aligned, in the order in which they will be asked for
 */
public record Needs(Set<Aligner.LayerPair> pairs) {
    public static final Needs NOTHING = new Needs(Set.of());

    public Needs {
        pairs = Collections.unmodifiableSet(new LinkedHashSet<>(pairs));
    }

    public Needs(List<Aligner.LayerPair> pairs) {
        this(new LinkedHashSet<>(pairs));
    }

    public static Needs all(Collection<Needs> several) {
        return new Needs(several.stream().flatMap(n -> n.pairs.stream()).toList());
    }

    public boolean isEmpty() {
        return pairs.isEmpty();
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
                if (pair.stack().equals(stack.name())) {
                    depth = Math.max(depth, passed + Math.max(pair.anchor(), pair.layer()) + 1);
                }
            }
            passed += stack.layers();
        }
        return depth;
    }
}
