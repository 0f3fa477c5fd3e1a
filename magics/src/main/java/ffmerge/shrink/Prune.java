package ffmerge.shrink;

import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Branch;
import ffmerge.architecture.ModelTensor;
import ffmerge.architecture.Stack;
import ffmerge.model.TransformerModel;
import ffmerge.prune.Saliency;
import ffmerge.prune.Sparsity;
import ffmerge.result.Labels;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What matters least goes: single weights become zero, or whole units leave FF sublayers narrower.
 *
 * @param saliency what is held to matter
 * @param sparsity the share that goes
 * @param unit of what
 * @param site of single weights, which linear maps lose some
 * @param seed of scores that are random
 */
public record Prune(Saliency saliency, Sparsity sparsity, Unit unit, Site site, int seed) implements Shrink {
    private static final String NAME = "prune";
    /** Said as merging and dropping leave that attention as it is. */
    private static final String SOURCE_TOO = ", the decoder's attention to the encoder's output included";

    /** What goes. */
    public enum Unit {
        WEIGHT("weights"),
        HIDDEN("FF units"),
        /** With the keys and values that a group of heads shares. */
        HEAD("heads");

        private final String plural;

        Unit(String plural) {
            this.plural = plural;
        }

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** How many of them a stack's sublayers have; nothing where a model keeps its size. */
        private IntStream widths(Architecture architecture, Stack stack) {
            return switch (this) {
                case WEIGHT -> IntStream.empty();
                case HIDDEN -> IntStream.of(stack.feedForwardWidth());
                case HEAD -> IntStream.of(architecture.heads(stack.name()).groups());
            };
        }
    }

    /** Of which sublayers. */
    public enum Site {
        FEED_FORWARD("feed-forward"),
        ATTENTION("attention"),
        ALL("all");

        private final String label;

        Site(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }

        /** The linear maps, in the architecture's order. */
        List<ModelTensor> maps(Architecture architecture) {
            return architecture.linearWeights().stream()
                    .filter(map -> branches().contains(map.branch()))
                    .toList();
        }

        private Set<Branch> branches() {
            return switch (this) {
                case FEED_FORWARD -> Set.of(Branch.FEED_FORWARD);
                case ATTENTION -> Set.of(Branch.ATTENTION);
                case ALL -> Set.of(Branch.FEED_FORWARD, Branch.ATTENTION);
            };
        }
    }

    /** One for each kind of scores. */
    static List<Way> ways() {
        return Arrays.stream(Saliency.values())
                .map(saliency -> Way.ofWholeModels(saliency.label(), "pruned by " + saliency.label())
                        .of(NAME))
                .toList();
    }

    /** Heads are of attention, whatever the site. */
    private Site pruned() {
        return unit == Unit.HEAD ? Site.ATTENTION : site;
    }

    @Override
    public Step step() {
        Step step = Step.smaller(NAME, saliency.label(), List.of())
                .with("sparsity", sparsity.share())
                .with("unit", unit.label())
                .with("site", pruned().label());
        return saliency == Saliency.RANDOM ? step.with("seed", seed) : step;
    }

    @Override
    public Outline after(Outline before) {
        if (pruned().maps(before.architecture()).isEmpty()) {
            throw new UserError("no layer has an attention sublayer of which anything could be pruned");
        }
        if (unit == Unit.HEAD) {
            return before.reshaped(fewerHeads(before.architecture()));
        }
        if (unit == Unit.WEIGHT) {
            requireSome(site.maps(before.architecture()).stream()
                    .mapToInt(map -> sparsity.of(Math.toIntExact(saliency.isByRow() ? map.inputs() : map.elements())))
                    .max()
                    .orElse(0));
            return before;
        }
        if (site != Site.FEED_FORWARD) {
            throw new UserError("hidden units are those of FF sublayers: leave --site out, or prune --unit weight");
        }
        return before.reshaped(narrowed(before.architecture()));
    }

    /** The shares at which one more unit goes, from the least on; none for single weights, which stay as zeros. */
    public static List<Double> shares(Unit unit, Architecture architecture) {
        return architecture.stacks().stream()
                .flatMapToInt(stack -> unit.widths(architecture, stack))
                .distinct()
                .boxed()
                .flatMap(width -> IntStream.range(1, width).mapToObj(gone -> Sparsity.taking(gone, width)))
                .distinct()
                .sorted()
                .toList();
    }

    private void requireSome(int pruned) {
        if (pruned == 0 && sparsity.share() > 0) {
            throw new UserError("a sparsity of " + sparsity.written() + " takes none of the " + unit.plural
                    + ", rounded down as it is: raise --sparsity");
        }
    }

    /** The architecture with narrower FF sublayers. */
    private Architecture narrowed(Architecture before) {
        Architecture narrowed = before;
        int gone = 0;
        for (Stack stack : before.stacks()) {
            int width = stack.feedForwardWidth();
            gone += sparsity.of(width);
            narrowed = narrowed.withFeedForwardWidth(stack.name(), width - sparsity.of(width));
        }
        requireSome(gone);
        return narrowed;
    }

    /** The architecture with fewer heads: whole groups that share keys and values. */
    private Architecture fewerHeads(Architecture before) {
        Architecture fewer = before;
        int gone = 0;
        for (Stack stack : before.stacks()) {
            int groups = before.heads(stack.name()).groups();
            gone += sparsity.of(groups);
            fewer = fewer.withHeadGroups(stack.name(), groups - sparsity.of(groups));
        }
        requireSome(gone);
        return fewer;
    }

    @Override
    public void requireFits(String name, Outline model) {
        PlainWeights.requireNoAdapters(name, model, map -> pruned().branches().contains(map.branch()), "pruned");
        PlainWeights.requireFloats(name, model, "of which no weights are taken: prune first");
        Shrink.super.requireFits(name, model);
    }

    @Override
    public Needs needs() {
        return saliency.seesInputs() ? Needs.inputSquares(pruned().branches()) : Needs.NOTHING;
    }

    /** All new weights are there before the model takes them over, and the scores of the largest map. */
    @Override
    public Work work(Outline before) {
        List<ModelTensor> maps = pruned().maps(before.architecture());
        long values = maps.stream().mapToLong(ModelTensor::elements).sum();
        long largest = maps.stream().mapToLong(ModelTensor::elements).max().orElse(0);
        return new Work(values, 0, 2 * values * Float.BYTES + 2 * largest * Double.BYTES);
    }

    @Override
    public Shrunk apply(TransformerModel model, Evidence evidence) {
        Architecture architecture = model.architecture();
        PruneEdit edit = new PruneEdit(model, saliency, sparsity, seed, evidence.squares());
        return new Shrunk(
                switch (unit) {
                    case WEIGHT -> edit.ofWeights(site.maps(architecture));
                    case HIDDEN -> edit.ofUnits(narrowed(architecture));
                    case HEAD -> edit.ofHeads(fewerHeads(architecture));
                });
    }

    @Override
    public String summary(String name, Outline before) {
        boolean ofSource =
                pruned() != Site.FEED_FORWARD && before.architecture().attendsToSource();
        return summary(name, rounded(before.architecture())) + (ofSource ? SOURCE_TOO : "");
    }

    /** The share of whole units that go, where it is less than what was asked for. */
    private String rounded(Architecture architecture) {
        if (unit == Unit.WEIGHT) {
            return "";
        }
        int[] widths = architecture.stacks().stream()
                .flatMapToInt(stack -> unit.widths(architecture, stack))
                .toArray();
        double gone =
                (double) IntStream.of(widths).map(width -> sparsity.of(width)).sum()
                        / IntStream.of(widths).sum();
        String share = Labels.percent(gone);
        return share.equals(Labels.percent(sparsity.share())) ? "" : ", rounded down to " + share;
    }

    @Override
    public String summary(String name) {
        return summary(name, ", rounded down");
    }

    private String summary(String name, String rounded) {
        String share = Labels.percent(sparsity.share());
        String how = " (" + saliency.label() + ")";
        if (unit == Unit.HEAD) {
            return name + " without " + share + " of its attention heads" + rounded + how;
        }
        if (unit == Unit.HIDDEN) {
            return name + " without " + share + " of the units of its FF sublayers" + rounded + how;
        }
        String maps = site == Site.ALL ? "linear maps" : site == Site.ATTENTION ? "attention" : "FF sublayers";
        return name + " with " + share + " of the weights of its " + maps + " set to zero" + how;
    }

    @Override
    public List<ShrinkResult.Change> changes() {
        return List.of();
    }
}
