package ffmerge.shrink;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.Branch;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.EditedCheckpoint.Content;
import ffmerge.model.TransformerModel;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Sublayers of one kind go, each with its norm: what comes into their residual branches goes out as it is.
 *
 * @param losers the layers of each stack that lose theirs
 */
public record DropSublayers(Branch branch, List<Step.Group> losers) implements Shrink {
    /** @param layers by stack; one that is named twice goes once */
    static DropSublayers of(Branch branch, Map<String, List<Integer>> layers) {
        return new DropSublayers(
                branch,
                layers.entrySet().stream()
                        .map(e -> new Step.Group(
                                e.getKey(),
                                e.getValue().stream().sorted().distinct().toList()))
                        .toList());
    }

    @Override
    public Step step() {
        return Step.smaller("drop", DropLayers.ON_WINDOWS.name(), losers).with("site", branch.label());
    }

    private Architecture without(Architecture before) {
        Architecture left = before;
        for (Step.Group group : losers) {
            left = left.without(branch, group.stack(), group.layers());
        }
        return left;
    }

    @Override
    public Outline after(Outline before) {
        Architecture after = without(before.architecture());
        Map<String, String> names = new LinkedHashMap<>();
        after.tensors().forEach(tensor -> names.put(tensor.name(), tensor.name()));
        return before.renamed(after, names);
    }

    @Override
    public void requireFits(String name, Outline model) {
        PlainWeights.requireNoAdapters(name, model, PlainWeights.in(losers, branch), "cut");
        Shrink.super.requireFits(name, model);
    }

    /** What stays is shared with the model: nothing is copied. */
    @Override
    public Work work(Outline before) {
        return Work.NONE;
    }

    @Override
    public Shrunk apply(TransformerModel model, Evidence evidence) {
        Architecture after = without(model.architecture());
        Map<String, Content> contents = new LinkedHashMap<>();
        after.tensors().forEach(tensor -> contents.put(tensor.name(), new Content.Original(tensor.name())));
        return new Shrunk(model.edited(new EditedCheckpoint(model.checkpoint(), contents, Map.of()), after));
    }

    @Override
    public String summary(String name) {
        return name + " without the " + branch.label() + " sublayers of "
                + losers.stream().map(Step.Group::toString).collect(Collectors.joining(" and "));
    }

    @Override
    public List<ShrinkResult.Change> changes() {
        return losers.stream()
                .flatMap(group -> group.layers().stream()
                        .map(layer ->
                                new ShrinkResult.Change(group.stack(), layer, branch.label() + " sublayer dropped")))
                .toList();
    }
}
