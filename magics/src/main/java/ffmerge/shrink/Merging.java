package ffmerge.shrink;

import ffmerge.Progress;
import ffmerge.align.Aligner;
import ffmerge.align.Calibration;
import ffmerge.align.LayerAlignment;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.merge.FeedForwardMerger;
import ffmerge.merge.MergePlan;
import ffmerge.model.TransformerModel;
import ffmerge.permutation.Permutation;
import ffmerge.workload.Workload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A merge from a plan to a new model.
 *
 * @param alignments one a layer that isn't an anchor, in the plan's order; empty unless units were permuted
 */
public record Merging(TransformerModel model, MergePlan plan, List<LayerAlignment> alignments) {
    /** Aligns by our own protocol over so many tokens; otherwise as {@link #merge} with a calibration. */
    public static Merging merge(
            TransformerModel model, MergePlan plan, Workload workload, int tokens, Progress progress) {
        return merge(model, plan, workload, Calibration.of(tokens), progress);
    }

    /** Aligns as the plan says and makes the merged model; {@code model} stays as it is. */
    public static Merging merge(
            TransformerModel model, MergePlan plan, Workload workload, Calibration calibration, Progress progress) {
        List<LayerAlignment> alignments = List.of();
        if (plan.alignment() == MergePlan.Alignment.PERMUTE) {
            List<Aligner.LayerPair> pairs = Aligner.pairs(plan);
            try (Aligner aligner =
                    new Aligner(model, pairs, workload.activationBatches(calibration), calibration, progress)) {
                alignments = aligner.of(pairs);
            }
        }
        return merge(model, plan, alignments);
    }

    /** Makes the merged model from alignments that are already there. */
    public static Merging merge(TransformerModel model, MergePlan plan, List<LayerAlignment> alignments) {
        Architecture architecture = model.architecture();
        EditedCheckpoint edit =
                FeedForwardMerger.merge(model.checkpoint(), architecture, plan, orders(architecture, plan, alignments));
        return new Merging(model.edited(edit, architecture), plan, alignments);
    }

    private static Map<FeedForwardSublayer, Permutation> orders(
            Architecture architecture, MergePlan plan, List<LayerAlignment> alignments) {
        Map<FeedForwardSublayer, Permutation> orders = new HashMap<>();
        if (plan.alignment() == MergePlan.Alignment.RANDOM) {
            SplittableRandom random = new SplittableRandom(plan.seed());
            for (Aligner.LayerPair pair : new ArrayList<>(Aligner.pairs(plan))) {
                FeedForwardSublayer sublayer = architecture.feedForward(pair.stack(), pair.layer());
                orders.put(sublayer, Permutation.random(sublayer.width(), random));
            }
        }
        for (LayerAlignment alignment : alignments) {
            orders.put(architecture.feedForward(alignment.stack(), alignment.layer()), alignment.permutation());
        }
        return orders;
    }
}
