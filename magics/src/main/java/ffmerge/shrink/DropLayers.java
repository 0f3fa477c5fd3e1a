package ffmerge.shrink;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.Branch;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.merge.LayerDrop;
import ffmerge.model.TransformerModel;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Whole layers go: the baseline that merging is compared with.
 *
 * @param drops one a stack that loses layers
 */
public record DropLayers(List<LayerDrop> drops) implements Shrink {
    /** What of a layer goes. */
    public enum Site {
        LAYER("layer", null),
        FEED_FORWARD(Branch.FEED_FORWARD.label(), Branch.FEED_FORWARD),
        ATTENTION(Branch.ATTENTION.label(), Branch.ATTENTION);

        private final String label;
        private final Branch branch;

        Site(String label, Branch branch) {
            this.label = label;
            this.branch = branch;
        }

        public String label() {
            return label;
        }

        /** @param layers by stack */
        public Shrink drop(Map<String, List<Integer>> layers) {
            return branch == null
                    ? new DropLayers(layers.entrySet().stream()
                            .map(e -> new LayerDrop(e.getKey(), e.getValue()))
                            .toList())
                    : DropSublayers.of(branch, layers);
        }
    }

    public static final Choice<Site> SITE = Choice.oneOf(
            "site",
            "of drop: whole layers, or their FF or attention sublayers with the norms of these; merging takes FF sublayers"
                    + " unless it is attention",
            List.of(Site.values()),
            Site::label,
            Site.LAYER);

    static final Way ON_WINDOWS = Way.onWindows(
            "drop",
            "layer dropping",
            1,
            1,
            List.of(SITE),
            (layers, choices) -> choices.get(SITE).drop(layers));

    @Override
    public Step step() {
        return Step.smaller("drop", "drop", groups(drops));
    }

    private static List<Step.Group> groups(List<LayerDrop> drops) {
        return drops.stream()
                .map(drop -> new Step.Group(drop.stack(), drop.layers()))
                .toList();
    }

    @Override
    public Outline after(Outline before) {
        Outline outline = before;
        for (LayerDrop drop : drops) {
            outline = outline.renamed(drop.architecture(outline.architecture()), drop.oldNames(outline.architecture()));
        }
        return outline;
    }

    @Override
    public void requireFits(String name, Outline model) {
        PlainWeights.requireNoAdapters(name, model, PlainWeights.in(groups(drops)), "cut");
        Shrink.super.requireFits(name, model);
    }

    /** The layers that stay are shared with the model: nothing is copied. */
    @Override
    public Work work(Outline before) {
        return Work.NONE;
    }

    @Override
    public Shrunk apply(TransformerModel model, Evidence evidence) {
        TransformerModel dropped = model;
        for (LayerDrop drop : drops) {
            Architecture before = dropped.architecture();
            EditedCheckpoint edit = drop.apply(dropped.checkpoint(), before);
            TransformerModel next = dropped.edited(edit, drop.architecture(before));
            if (dropped != model) {
                dropped.close();
            }
            dropped = next;
        }
        return new Shrunk(dropped);
    }

    @Override
    public String summary(String name) {
        return name + " without "
                + groups(drops).stream().map(Step.Group::toString).collect(Collectors.joining(" and "));
    }

    @Override
    public List<ShrinkResult.Change> changes() {
        return drops.stream()
                .flatMap(drop ->
                        drop.layers().stream().map(layer -> new ShrinkResult.Change(drop.stack(), layer, "dropped")))
                .toList();
    }
}
