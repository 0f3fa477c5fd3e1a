package ffmerge.shrink;

import ffmerge.UserError;
import ffmerge.align.Aligner;
import ffmerge.align.LayerAlignment;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.AttentionSublayer;
import ffmerge.architecture.Branch;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.merge.AttentionMerger;
import ffmerge.merge.Average;
import ffmerge.merge.Averaging;
import ffmerge.merge.MergePlan;
import ffmerge.model.TransformerModel;
import ffmerge.permutation.Permutation;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Attention sublayers of a group are aligned head by head, averaged and tied: queries, keys, values and output. Heads are
 * matched by what FF units are matched by, the correlation of activations and an exact assignment: the outputs of all heads
 * before the output projection are correlated over the data, and how well two heads go together is the sum of the
 * correlations of their dimensions, each with the one in the same place. Where heads of queries share keys and values, the
 * whole group is matched and moved. Norms stay in their places, and so does a decoder's attention to its encoder, which is
 * never merged.
 *
 * @param anchor by which rule the plan's groups chose their anchors
 * @param average mean, anchor or fresh
 */
public record MergeAttention(MergePlan plan, MergePlan.Anchor anchor, Average average) implements Shrink {
    /** @throws UserError if the average is one of FF units alone */
    public MergeAttention {
        if (average.readsInputs()) {
            throw new UserError("--average " + average.label()
                    + " is of FF sublayers; attention sublayers are merged by --average mean, anchor or fresh");
        }
    }

    /**
     * What would be done to FF sublayers, done to attention.
     *
     * @throws UserError if something was chosen that only FF sublayers have
     */
    public static MergeAttention of(MergeSublayers merge) {
        Averaging averaging = merge.averaging();
        if (averaging.rescale() || averaging.residual() > 0) {
            throw new UserError((averaging.rescale() ? "--rescale" : "--residual")
                    + " is of FF sublayers: leave it out where --site attention is merged");
        }
        if (merge.plan().features() != MergePlan.Features.UP) {
            throw new UserError("--features " + merge.plan().features().label()
                    + " is of FF sublayers: heads of attention are matched by their outputs, so leave it out");
        }
        return new MergeAttention(merge.plan(), merge.anchor(), averaging.average());
    }

    /** Where nothing depends on the heads' order, they stay. */
    private MergePlan.Alignment alignment() {
        return average.isOfUnits() ? plan.alignment() : MergePlan.Alignment.NONE;
    }

    private MergeAccount account() {
        return new MergeAccount(plan, anchor, alignment(), "attention sublayer");
    }

    @Override
    public Step step() {
        Step step = account().step().with("site", Branch.ATTENTION.label());
        if (average != Average.MEAN) {
            step = step.with("average", average.label());
        }
        boolean drawn = alignment() == MergePlan.Alignment.RANDOM || average == Average.FRESH;
        return drawn ? step.with("seed", plan.seed()) : step;
    }

    @Override
    public Map<String, Object> told() {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("site", Branch.ATTENTION.label());
        told.put("features", "heads");
        told.put("average", average.label());
        told.put("rescale", false);
        told.put("residual", 0);
        return told;
    }

    @Override
    public Outline after(Outline before) {
        account().requireWhole(before.sharing(Branch.ATTENTION));
        List<List<String>> tied = new ArrayList<>();
        Set<AttentionSublayer> seen = new HashSet<>();
        for (MergePlan.Group group : plan.groups()) {
            List<AttentionSublayer> sublayers = AttentionMerger.sublayers(before.architecture(), group);
            for (AttentionSublayer sublayer : sublayers) {
                if (!seen.add(sublayer)) {
                    throw new UserError(
                            "layer " + sublayer.layer() + " of the " + sublayer.stack() + " is in two groups");
                }
            }
            tied.addAll(MergeAccount.inPlaces(sublayers.stream()
                    .map(sublayer -> sublayer.maps().stream()
                            .map(map -> map.tensor().name())
                            .toList())
                    .toList()));
        }
        return before.tied(tied);
    }

    @Override
    public void requireFits(String name, Outline model) {
        PlainWeights.requireMergeable(name, model, PlainWeights.in(step().groups(), Branch.ATTENTION));
        if (alignment() != MergePlan.Alignment.NONE) {
            plan.groups().forEach(group -> model.architecture().requireFreeHeads(group.stack()));
        }
        Shrink.super.requireFits(name, model);
    }

    @Override
    public Needs needs() {
        return new Needs(pairs());
    }

    private List<Aligner.LayerPair> pairs() {
        return alignment() == MergePlan.Alignment.PERMUTE ? Aligner.pairsOfHeads(plan) : List.of();
    }

    @Override
    public Work work(Outline before) {
        return account()
                .work(group -> AttentionMerger.sublayers(before.architecture(), group)
                        .get(0)
                        .parameters());
    }

    @Override
    public Shrunk apply(TransformerModel model, Evidence evidence) {
        Architecture architecture = model.architecture();
        List<LayerAlignment> alignments = evidence.alignments(pairs());
        SplittableRandom random = new SplittableRandom(plan.seed());
        Map<AttentionSublayer, Permutation> orders = new HashMap<>();
        if (alignment() == MergePlan.Alignment.RANDOM) {
            for (Aligner.LayerPair pair : Aligner.pairsOfHeads(plan)) {
                AttentionSublayer sublayer = architecture.attentionSublayer(pair.stack(), pair.layer());
                orders.put(sublayer, Permutation.random(sublayer.heads().groups(), random));
            }
        }
        alignments.forEach(
                found -> orders.put(architecture.attentionSublayer(found.stack(), found.layer()), found.permutation()));
        EditedCheckpoint edit = AttentionMerger.merge(model.checkpoint(), architecture, plan, orders, average, random);
        return new Shrunk(model.edited(edit, architecture), alignments);
    }

    @Override
    public String summary(String name) {
        return account().summary(name, MergeAccount.averaged(average));
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
