package ffmerge.merge;

import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which FF sublayers become one.
 *
 * @param groups each becomes one sublayer; none shares a layer with another
 * @param features what of the units is correlated where they are permuted
 * @param seed of random permutations
 */
public record MergePlan(List<Group> groups, Alignment alignment, Features features, long seed) {
    /** How units are matched before they are averaged. */
    public enum Alignment {
        /** By the assignment that maximizes the summed correlation of activations. */
        PERMUTE,
        /** Not at all: the paper's vanilla baseline. */
        NONE,
        /** By a random permutation: the control. */
        RANDOM;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** @throws UserError if there is no such alignment */
        public static Alignment parse(String label) {
            return named(values(), label, "alignment");
        }
    }

    /** What of the units is correlated. */
    public enum Features {
        /** The up-projection's output, before the activation in a sublayer without gates: what the paper correlates. */
        UP,
        /** The gate's output before its activation. */
        GATE,
        /** The up-projection's output times the activated gate. */
        PRODUCT,
        /** The correlation of the up-projection's outputs plus that of the gates before their activation. */
        SUM,
        /** No activations: the units' own weights, up row, gate row and down column one after the other, multiplied. */
        WEIGHTS;

        /** Whether they are of activations, for which the model must be run. */
        public boolean areOfActivations() {
            return this != WEIGHTS;
        }

        private boolean areOfGates() {
            return this == GATE || this == PRODUCT || this == SUM;
        }

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** @throws UserError if there are no such features */
        public static Features parse(String label) {
            return named(values(), label, "kind of features");
        }

        /** @throws UserError if the model's FF sublayers have no gates, and these features are of gates */
        public void requireFits(Architecture architecture) {
            boolean gated = architecture.stacks().stream()
                    .flatMap(stack -> stack.feedForwards().stream())
                    .allMatch(FeedForwardSublayer::isGated);
            if (areOfGates() && !gated) {
                throw new UserError("the FF sublayers of " + architecture.title() + " have no gates: there is no "
                        + label() + " to correlate, only up");
            }
        }
    }

    /** Which layer of a group the others are aligned to. */
    public enum Anchor {
        FIRST,
        /** {@code layers[k/2]}, as in the paper's code. */
        MIDDLE,
        LAST;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static Anchor parse(String label) {
            return named(values(), label, "anchor");
        }

        public int of(List<Integer> layers) {
            return switch (this) {
                case FIRST -> layers.get(0);
                case MIDDLE -> layers.get(layers.size() / 2);
                case LAST -> layers.get(layers.size() - 1);
            };
        }
    }

    /**
     * Layers whose FF sublayers become one.
     *
     * @param anchor one of {@code layers}
     */
    public record Group(String stack, List<Integer> layers, int anchor) {
        public Group {
            layers = layers.stream().sorted().toList();
            if (layers.size() < 2) {
                throw new UserError("merging takes at least two layers; "
                        + (layers.isEmpty() ? "none are named" : layers + " is one"));
            }
            if (new HashSet<>(layers).size() < layers.size()) {
                throw new UserError("a layer is named twice in " + layers);
            }
            if (!layers.contains(anchor)) {
                throw new UserError("the anchor " + anchor + " is not one of the layers " + layers);
            }
        }

        public static Group of(String stack, List<Integer> layers, Anchor anchor) {
            List<Integer> sorted = layers.stream().sorted().toList();
            return new Group(stack, sorted, sorted.isEmpty() ? -1 : anchor.of(sorted));
        }

        /** The layers but the anchor. */
        public List<Integer> others() {
            return layers.stream().filter(layer -> layer != anchor).toList();
        }
    }

    public MergePlan {
        groups = List.copyOf(groups);
    }

    /** A plan by what the paper correlates. */
    public MergePlan(List<Group> groups, Alignment alignment, long seed) {
        this(groups, alignment, Features.UP, seed);
    }

    /**
     * @throws UserError if a layer is not there, is in two groups, sublayers of a group differ in width, or features are of
     *     gates that are not there
     */
    public void requireFits(Architecture architecture) {
        features.requireFits(architecture);
        Set<FeedForwardSublayer> seen = new HashSet<>();
        for (Group group : groups) {
            Set<Integer> widths = new LinkedHashSet<>();
            for (int layer : group.layers()) {
                FeedForwardSublayer sublayer = architecture.feedForward(group.stack(), layer);
                widths.add(sublayer.width());
                if (!seen.add(sublayer)) {
                    throw new UserError("layer " + layer + " of the " + group.stack() + " is in two groups");
                }
            }
            if (widths.size() > 1) {
                throw new UserError("the FF sublayers of layers " + group.layers() + " differ in width: "
                        + widths.stream().map(String::valueOf).collect(Collectors.joining(", ")));
            }
        }
    }

    private static <E extends Enum<E>> E named(E[] values, String label, String what) {
        return Arrays.stream(values)
                .filter(v -> v.name().equalsIgnoreCase(label))
                .findFirst()
                .orElseThrow(() -> new UserError("there is no " + what + " '" + label + "'; there are "
                        + Arrays.stream(values)
                                .map(v -> v.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(", "))));
    }
}
