package ffmerge.adapter;

import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.checkpoint.Ties;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Low-rank adapters (LoRA, Hu et al. 2021): beside a frozen weight {@code W [out, in]} stand {@code A [rank, in]} and
 * {@code B [out, rank]}, and the map becomes {@code W x + alpha / rank · B A x}.
 *
 * @param alpha what the adapter's product is scaled by, times the rank
 * @param dropout probability of what enters the adapter, in training
 * @param targets the last parts of the linear maps' names, {@code q_proj}, in the order of the architecture
 * @param sharing what places of a tied weight get
 */
public record AdapterSettings(int rank, double alpha, double dropout, List<String> targets, Sharing sharing) {
    /** Whether places that share a weight share its adapter. */
    public enum Sharing {
        /** One adapter for all places of a tied weight: the tie remains. */
        SHARED("shared"),
        /** An adapter for each place: what was merged may differ again. */
        PER_LAYER("per-layer");

        private final String label;

        Sharing(String label) {
            this.label = label;
        }

        /** As users write it. */
        public String label() {
            return label;
        }

        /** @throws UserError if it is neither */
        public static Sharing parse(String text) {
            for (Sharing sharing : values()) {
                if (sharing.label.equals(text)) {
                    return sharing;
                }
            }
            throw new UserError("adapters are shared or per-layer; '" + text + "' is neither");
        }
    }

    /** Every linear map of the layers. */
    public static final String ALL = "all";

    /** Beyond it sums in float32 lose the model's own part, or overflow. */
    static final double LARGEST_SCALE = 1e6;

    /** @throws UserError if a value can't be meant */
    public AdapterSettings {
        if (rank < 1) {
            throw new UserError("the rank of an adapter is at least 1; " + rank + " isn't");
        }
        if (!(alpha > 0 && Double.isFinite(alpha))) {
            throw new UserError("alpha of an adapter is above 0; " + alpha + " isn't");
        }
        if (alpha / rank > LARGEST_SCALE) {
            throw new UserError("alpha of an adapter is at most a million times its rank; " + alpha + " isn't");
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new UserError("an adapter's dropout is a probability below 1; " + dropout + " isn't");
        }
        targets = List.copyOf(targets);
    }

    /** Of what merging gave back to places: {@code B A x} as it is. */
    public static AdapterSettings ofRemainders(int rank, List<String> targets) {
        return new AdapterSettings(rank, rank, 0, targets, Sharing.PER_LAYER);
    }

    /** Whether adapters of both can stand in one model, whose settings are all of theirs. */
    public boolean goesWith(AdapterSettings other) {
        return rank == other.rank && alpha == other.alpha && dropout == other.dropout;
    }

    /** The same with more targets, which are put in the order of the architecture. */
    public AdapterSettings withTargets(List<String> more, Architecture architecture) {
        List<String> all =
                Stream.concat(targets.stream(), more.stream()).distinct().toList();
        return new AdapterSettings(rank, alpha, dropout, targets(architecture, all), sharing);
    }

    /** The same, shared otherwise. */
    public AdapterSettings with(Sharing other) {
        return new AdapterSettings(rank, alpha, dropout, targets, other);
    }

    /** What the product of an adapter's matrices is multiplied by. */
    public double scale() {
        return alpha / rank;
    }

    /**
     * The targets of these names, in the order of the architecture.
     *
     * @param named last parts of names of linear maps, or {@link #ALL}; that of a fused one names all of its parts
     * @throws UserError if one is the name of no linear map
     */
    public static List<String> targets(Architecture architecture, List<String> named) {
        List<String> there = architecture.linearWeights().stream()
                .map(t -> target(module(t.name())))
                .distinct()
                .toList();
        if (named.equals(List.of(ALL))) {
            return there;
        }
        if (named.contains(ALL)) {
            throw new UserError("all stands for every linear map: name it alone, or the others without it");
        }
        Set<String> chosen = new HashSet<>(named);
        architecture.fused().stream()
                .filter(fused -> named.contains(target(module(fused.name()))))
                .flatMap(fused -> fused.parts().stream())
                .forEach(part -> chosen.add(target(module(part.name()))));
        Set<String> fusedNames = architecture.fused().stream()
                .map(fused -> target(module(fused.name())))
                .collect(Collectors.toSet());
        for (String name : named) {
            if (!there.contains(name) && !fusedNames.contains(name)) {
                throw new UserError("this " + architecture.title() + " has no linear map '" + name + "'; it has "
                        + String.join(", ", there) + ", or all");
            }
        }
        if (named.isEmpty()) {
            throw new UserError("adapters need a target: " + String.join(", ", there) + ", or all");
        }
        return there.stream().filter(chosen::contains).toList();
    }

    /** How many parameters such adapters of a model have. */
    public long parameters(Architecture architecture, Ties ties) {
        Set<String> counted = new HashSet<>();
        return architecture.linearWeights().stream()
                .filter(w -> isTarget(module(w.name())))
                .filter(w -> counted.add(sharing == Sharing.SHARED ? ties.keptName(w.name()) : w.name()))
                .mapToLong(w -> rank * (w.shape().get(0) + w.shape().get(1)))
                .sum();
    }

    /** Whether the linear map of this name gets an adapter. */
    public boolean isTarget(String module) {
        return targets.contains(target(module));
    }

    /** The linear map that a weight belongs to: {@code model.layers.0.mlp.up_proj}. */
    public static String module(String weight) {
        return weight.substring(0, weight.lastIndexOf('.'));
    }

    /** {@code up_proj} of {@code model.layers.0.mlp.up_proj}. */
    public static String target(String module) {
        return module.substring(module.lastIndexOf('.') + 1);
    }
}
