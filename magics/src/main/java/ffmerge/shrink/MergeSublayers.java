package ffmerge.shrink;

import ffmerge.UserError;
import ffmerge.adapter.AdapterSettings;
import ffmerge.align.Aligner;
import ffmerge.align.LayerAlignment;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Branch;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.ModelTensor;
import ffmerge.average.FeedForwardInputs;
import ffmerge.average.OutputFactors;
import ffmerge.average.RegressionMean;
import ffmerge.average.Remainders;
import ffmerge.average.UnitShares;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.merge.Average;
import ffmerge.merge.Averaging;
import ffmerge.merge.FeedForwardMerger;
import ffmerge.merge.FreshSublayer;
import ffmerge.merge.MergePlan;
import ffmerge.merge.OrderedSublayer;
import ffmerge.model.LowRank;
import ffmerge.model.TransformerModel;
import ffmerge.permutation.Permutation;
import ffmerge.result.Labels;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * FF sublayers of a group are aligned, averaged and tied; by the plain mean with nothing beside the tie it is the paper's way.
 *
 * @param anchor by which rule the plan's groups chose their anchors
 * @param averaging what the sublayers become, and what each place keeps beside the tie
 */
public record MergeSublayers(MergePlan plan, MergePlan.Anchor anchor, Averaging averaging) implements Shrink {
    public static final Choice<MergePlan.Anchor> ANCHOR = Choice.oneOf(
            "anchor",
            "the layer of a window that the others are aligned to",
            List.of(MergePlan.Anchor.values()),
            MergePlan.Anchor::label,
            MergePlan.Anchor.FIRST);
    public static final Choice<MergePlan.Features> FEATURES = Choice.oneOf(
            "features",
            "what FF sublayers' units are matched by: activations of the up-projection, and where units have gates of"
                    + " these, their product, or the correlations of both in sum; or weights, which need no data",
            List.of(MergePlan.Features.values()),
            MergePlan.Features::label,
            MergePlan.Features.UP);
    public static final Choice<Average> AVERAGE = Choice.oneOf(
            "average",
            "what merged sublayers become: the mean, each map by least squares over its inputs (regression), a mean by what"
                    + " units add (weighted), or as controls the anchor's copy or random values (fresh)",
            List.of(Average.values()),
            Average::label,
            Average.MEAN);
    public static final Choice<Double> RIDGE = new Choice<>(
            "ridge",
            "of --average regression: how strongly it is held to the mean, as a share of the inputs' mean square",
            new Choice.Form.Amount(),
            Averaging.RIDGE);
    public static final Choice<Boolean> RESCALE = new Choice<>(
            "rescale",
            "keep a factor for each channel of each place's output beside the tie, fitted by least squares",
            new Choice.Form.Flag(),
            false);
    public static final Choice<Integer> RESIDUAL = new Choice<>(
            "residual",
            "give each place back what its maps lost, in so many dimensions, as adapters; 0: nothing",
            new Choice.Form.Whole(0),
            0);

    /** All that can be chosen about what becomes of sublayers once they are in order. */
    public static final List<Choice<?>> AVERAGING = List.of(AVERAGE, RIDGE, RESCALE, RESIDUAL);

    /** Merges by the plain mean. */
    public MergeSublayers(MergePlan plan, MergePlan.Anchor anchor) {
        this(plan, anchor, Averaging.PLAIN);
    }

    /** What was chosen of {@link #AVERAGING}. */
    public static Averaging averaging(Choices choices) {
        return new Averaging(choices.get(AVERAGE), choices.get(RIDGE), choices.get(RESCALE), choices.get(RESIDUAL));
    }

    /**
     * As the paper merges: units matched by their activations, aligned to the first layer.
     *
     * @param layers of each stack, as a sweep's rows name them
     */
    public static MergeSublayers of(Map<String, List<Integer>> layers) {
        return of(layers, MergePlan.Alignment.PERMUTE, Choices.NONE);
    }

    private static MergeSublayers of(
            Map<String, List<Integer>> layers, MergePlan.Alignment alignment, Choices choices) {
        MergePlan.Anchor anchor = choices.get(ANCHOR);
        List<MergePlan.Group> groups = layers.entrySet().stream()
                .map(e -> MergePlan.Group.of(e.getKey(), e.getValue(), anchor))
                .toList();
        return new MergeSublayers(
                new MergePlan(groups, alignment, choices.get(FEATURES), choices.get(Choice.SEED)),
                anchor,
                averaging(choices));
    }

    /** Each kind of it as a window's method. */
    static Way onWindows(MergePlan.Alignment alignment) {
        List<Choice<?>> chosen = Stream.concat(
                        Stream.<Choice<?>>of(ANCHOR, FEATURES, Choice.SEED, DropLayers.SITE), AVERAGING.stream())
                .toList();
        return Way.onWindows(alignment.label(), MergeAccount.title(alignment), 2, 0, chosen, (layers, choices) -> {
            MergeSublayers merge = of(layers, alignment, choices);
            return switch (choices.get(DropLayers.SITE)) {
                case LAYER, FEED_FORWARD -> merge;
                case ATTENTION -> MergeAttention.of(merge);
            };
        });
    }

    /** Where nothing depends on the units' order, they stay. */
    private MergePlan.Alignment alignment() {
        return averaging.isOfUnits() ? plan.alignment() : MergePlan.Alignment.NONE;
    }

    private MergeAccount account() {
        return new MergeAccount(plan, anchor, alignment(), "FF sublayer");
    }

    @Override
    public Step step() {
        Step step = account().step();
        step = switch (alignment()) {
            case PERMUTE -> step.with("features", plan.features().label());
            case RANDOM -> step.with("seed", plan.seed());
            case NONE -> step;
        };
        if (averaging.average() != Average.MEAN) {
            step = step.with("average", averaging.average().label());
        }
        if (averaging.average() == Average.FRESH) {
            step = step.with("seed", plan.seed());
        }
        if (averaging.average() == Average.REGRESSION && averaging.ridge() != Averaging.RIDGE) {
            step = step.with("ridge", averaging.ridge());
        }
        step = averaging.rescale() ? step.with("rescale", true) : step;
        return averaging.residual() > 0 ? step.with("residual", averaging.residual()) : step;
    }

    @Override
    public Map<String, Object> told() {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("site", "feed-forward");
        told.put("features", plan.features().label());
        if (alignment() == MergePlan.Alignment.PERMUTE) {
            boolean products = plan.features() == MergePlan.Features.WEIGHTS;
            told.put("matchedMeasure", products ? "sum of weight products" : "sum of correlations");
        }
        told.put("average", averaging.average().label());
        told.put("rescale", averaging.rescale());
        told.put("residual", averaging.residual());
        return told;
    }

    @Override
    public Outline after(Outline before) {
        plan.requireFits(before.architecture());
        account().requireWhole(before.sharing(Branch.FEED_FORWARD));
        List<List<String>> tied = new ArrayList<>();
        Set<FeedForwardSublayer> factored = new HashSet<>(before.architecture().factored());
        for (MergePlan.Group group : plan.groups()) {
            List<FeedForwardSublayer> sublayers = sublayers(before.architecture(), group);
            for (FeedForwardSublayer sublayer : sublayers) {
                requireNoFactors(sublayer, before);
                requireRank(sublayer);
            }
            tied.addAll(MergeAccount.inPlaces(sublayers.stream()
                    .map(s -> s.tensors().stream().map(FeedForwardTensor::name).toList())
                    .toList()));
            if (averaging.rescale()) {
                factored.addAll(sublayers);
            }
        }
        Outline merged = before.tied(tied);
        merged = averaging.residual() > 0 ? withRemainders(merged) : merged;
        return averaging.rescale() ? merged.withFactors(factored) : merged;
    }

    private Outline withRemainders(Outline merged) {
        List<ModelTensor> maps = merged.architecture().linearWeights().stream()
                .filter(PlainWeights.in(step().groups(), Branch.FEED_FORWARD))
                .toList();
        List<String> modules =
                maps.stream().map(map -> AdapterSettings.module(map.name())).toList();
        return merged.adapted(settings(merged.architecture(), merged.adapters().settings(), modules), maps);
    }

    /**
     * Of all adapters that the merged model carries.
     *
     * @param held of those that it carries already, which go with remainders of this rank
     * @param modules the names of maps that get a remainder
     */
    private AdapterSettings settings(
            Architecture architecture, Optional<AdapterSettings> held, Collection<String> modules) {
        List<String> targets =
                modules.stream().map(AdapterSettings::target).distinct().toList();
        return held.map(settings -> settings.with(AdapterSettings.Sharing.PER_LAYER))
                .orElse(AdapterSettings.ofRemainders(averaging.residual(), List.of()))
                .withTargets(targets, architecture);
    }

    private void requireRank(FeedForwardSublayer sublayer) {
        for (FeedForwardTensor tensor : sublayer.tensors()) {
            if (averaging.residual() > 0 && tensor.shape().size() == 2) {
                long least = Math.min(tensor.shape().get(0), tensor.shape().get(1));
                if (averaging.residual() > least) {
                    throw new UserError("--residual " + averaging.residual() + " is more than the " + least
                            + " dimensions that the maps of these FF sublayers have");
                }
            }
        }
    }

    private static void requireNoFactors(FeedForwardSublayer sublayer, Outline before) {
        if (before.architecture().factored().contains(sublayer)) {
            throw new UserError("the FF sublayer of " + new Step.Group(sublayer.stack(), List.of(sublayer.layer()))
                    + " has factors beside its weights, so it can't be merged again: merge all its layers at once, or make"
                    + " them part of the weights with %ffmerge fold NAME --untie --as NEW");
        }
    }

    private static List<FeedForwardSublayer> sublayers(Architecture architecture, MergePlan.Group group) {
        return group.layers().stream()
                .map(layer -> architecture.feedForward(group.stack(), layer))
                .toList();
    }

    @Override
    public void requireFits(String name, Outline model) {
        PlainWeights.requireMergeable(name, model, PlainWeights.in(step().groups(), Branch.FEED_FORWARD));
        requireOneKindOfAdapters(name, model);
        Shrink.super.requireFits(name, model);
    }

    /** All adapters of a model have one rank and scale, in memory as in a file. */
    private void requireOneKindOfAdapters(String name, Outline model) {
        Optional<AdapterSettings> held = model.adapters().settings();
        if (averaging.residual() == 0 || held.isEmpty()) {
            return;
        }
        AdapterSettings own = AdapterSettings.ofRemainders(averaging.residual(), List.of());
        if (!held.get().goesWith(own)) {
            AdapterSettings others = held.get();
            String same = others.goesWith(AdapterSettings.ofRemainders(others.rank(), List.of()))
                    ? "take --residual " + others.rank() + ", or "
                    : "";
            throw new UserError("'" + name + "' carries adapters of rank " + others.rank()
                    + ", and all adapters of a model have one rank and scale, so --residual " + averaging.residual()
                    + " can't be beside them: " + same + "first make them part of the weights with %ffmerge fold "
                    + name
                    + (model.adapters().differ() ? " --untie" : "") + " --as NEW");
        }
    }

    @Override
    public Needs needs() {
        Set<FeedForwardInputs.Place> inputs = new LinkedHashSet<>();
        if (averaging.readsInputs()) {
            for (MergePlan.Group group : plan.groups()) {
                group.layers().forEach(layer -> inputs.add(new FeedForwardInputs.Place(group.stack(), layer)));
            }
        }
        return new Needs(new LinkedHashSet<>(pairs()), inputs);
    }

    private List<Aligner.LayerPair> pairs() {
        return alignment() == MergePlan.Alignment.PERMUTE ? Aligner.pairs(plan) : List.of();
    }

    @Override
    public List<String> notices(Outline before, int rows) {
        return averaging.average() != Average.REGRESSION
                ? List.of()
                : plan.groups().stream()
                        .map(group ->
                                sublayers(before.architecture(), group).get(0).width())
                        .filter(width -> rows < width)
                        .distinct()
                        .map(width -> "the regression has " + Labels.count(rows) + " rows for " + Labels.count(width)
                                + " units: what they leave open, "
                                + (averaging.ridge() > 0
                                        ? "the ridge decides towards the mean"
                                        : "stays as in the mean")
                                + "; more --tokens leave less open")
                        .toList();
    }

    @Override
    public Work work(Outline before) {
        Work mean = account()
                .work(group -> sublayers(before.architecture(), group).get(0).parameters());
        return mean.plus(new AveragingWork(averaging).of(before.architecture(), plan));
    }

    @Override
    public Shrunk apply(TransformerModel model, Evidence evidence) {
        Architecture architecture = model.architecture();
        List<LayerAlignment> alignments = evidence.alignments(pairs());
        Map<FeedForwardSublayer, Permutation> orders = orders(architecture, alignments);
        Checkpoint checkpoint = model.checkpoint();
        SplittableRandom random = new SplittableRandom(plan.seed());
        EditedCheckpoint edit = FeedForwardMerger.merge(checkpoint, architecture, plan, group -> {
            List<OrderedSublayer> sublayers = FeedForwardMerger.ordered(checkpoint, architecture, group, orders);
            return switch (averaging.average()) {
                case MEAN -> FeedForwardMerger.mean(sublayers);
                case ANCHOR -> FeedForwardMerger.anchor(architecture, group);
                case FRESH ->
                    FeedForwardMerger.contents(
                            FreshSublayer.values(architecture, sublayers.get(0).sublayer(), random));
                case WEIGHTED ->
                    FeedForwardMerger.weightedMean(sublayers, new UnitShares(model, evidence.inputs()).of(sublayers));
                case REGRESSION ->
                    FeedForwardMerger.contents(new RegressionMean(model, evidence.inputs(), averaging.ridge())
                            .of(sublayers, FeedForwardMerger.values(FeedForwardMerger.mean(sublayers))));
            };
        });
        TransformerModel merged = model.edited(edit, architecture);
        merged = withRemainders(model, merged, orders, evidence);
        return new Shrunk(withFactors(model, merged, evidence), alignments);
    }

    /** @return the merged model, or one in its place */
    private TransformerModel withRemainders(
            TransformerModel model,
            TransformerModel merged,
            Map<FeedForwardSublayer, Permutation> orders,
            Evidence evidence) {
        if (averaging.residual() == 0) {
            return merged;
        }
        try (merged) {
            Remainders lost = new Remainders(model, merged, evidence.inputs(), averaging.residual());
            Map<String, LowRank> remainders = new LinkedHashMap<>();
            for (MergePlan.Group group : plan.groups()) {
                FeedForwardMerger.ordered(model.checkpoint(), model.architecture(), group, orders)
                        .forEach(ordered -> remainders.putAll(lost.of(ordered)));
            }
            AdapterSettings settings =
                    settings(merged.architecture(), merged.parameters().adapterSettings(), remainders.keySet());
            return merged.adapted(settings, remainders);
        }
    }

    /** @return the merged model, or one in its place */
    private TransformerModel withFactors(TransformerModel model, TransformerModel merged, Evidence evidence) {
        if (!averaging.rescale()) {
            return merged;
        }
        try (merged) {
            OutputFactors fitted = new OutputFactors(model, merged, evidence.inputs());
            Map<FeedForwardSublayer, float[]> factors = new HashMap<>();
            for (MergePlan.Group group : plan.groups()) {
                sublayers(model.architecture(), group).forEach(s -> factors.put(s, fitted.of(s)));
            }
            return merged.withFactors(factors);
        }
    }

    private Map<FeedForwardSublayer, Permutation> orders(Architecture architecture, List<LayerAlignment> alignments) {
        Map<FeedForwardSublayer, Permutation> orders = new HashMap<>();
        if (alignment() == MergePlan.Alignment.RANDOM) {
            SplittableRandom random = new SplittableRandom(plan.seed());
            for (Aligner.LayerPair pair : Aligner.pairs(plan)) {
                FeedForwardSublayer sublayer = architecture.feedForward(pair.stack(), pair.layer());
                orders.put(sublayer, Permutation.random(sublayer.width(), random));
            }
        }
        for (LayerAlignment alignment : alignments) {
            orders.put(architecture.feedForward(alignment.stack(), alignment.layer()), alignment.permutation());
        }
        return orders;
    }

    @Override
    public String summary(String name) {
        return account().summary(name, averaged());
    }

    /** What else than the mean they are, and what stands beside the tie. */
    private String averaged() {
        return MergeAccount.averaged(averaging.average())
                + (averaging.rescale() ? ", rescaled" : "")
                + (averaging.residual() > 0 ? ", remainders of rank " + averaging.residual() : "");
    }

    @Override
    public List<ShrinkResult.Change> changes() {
        return account().changes();
    }

    @Override
    public List<ShrinkResult.Group> groups() {
        return account().groups();
    }
}
