package ffmerge.merge;

import ffmerge.Counted;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.EditedCheckpoint.Content;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The baseline of dropping whole layers; those behind a gap move up.
 *
 * @param stack the stack that loses layers
 * @param layers the layers that go
 */
public record LayerDrop(String stack, List<Integer> layers) {
    public LayerDrop {
        layers = layers.stream().sorted().distinct().toList();
        if (layers.isEmpty()) {
            throw new UserError("dropping takes at least one layer");
        }
    }

    /** @throws UserError if a layer is not there or none would be left */
    public Architecture architecture(Architecture before) {
        before.requireLayers(stack, layers);
        List<Integer> kept = kept(before);
        if (kept.isEmpty()) {
            throw new UserError(
                    "dropping all " + Counted.of(layers.size(), "layers") + " of the " + stack + " leaves nothing");
        }
        Architecture left = before.keeping(stack, kept);
        return left.withFactors(factored(before, left));
    }

    /** Those that had factors and stay, by their new numbers. */
    private Set<FeedForwardSublayer> factored(Architecture before, Architecture after) {
        Set<FeedForwardSublayer> factored = new HashSet<>();
        for (FeedForwardSublayer sublayer : before.factored()) {
            boolean moves = sublayer.stack().equals(stack);
            if (moves && layers.contains(sublayer.layer())) {
                continue;
            }
            long gone = moves
                    ? layers.stream().filter(layer -> layer < sublayer.layer()).count()
                    : 0;
            factored.add(after.feedForward(sublayer.stack(), sublayer.layer() - (int) gone));
        }
        return factored;
    }

    private List<Integer> kept(Architecture before) {
        return IntStream.range(0, before.stack(stack).layers())
                .filter(layer -> !layers.contains(layer))
                .boxed()
                .toList();
    }

    /** The weights of {@link #architecture}; only names change. */
    public EditedCheckpoint apply(Checkpoint checkpoint, Architecture before) {
        Map<String, Content> contents = new LinkedHashMap<>();
        oldNames(before).forEach((name, old) -> contents.put(name, new Content.Original(old)));
        return new EditedCheckpoint(checkpoint, contents, Map.of());
    }

    /** Each name of {@link #architecture}, in its order, with the name of the same weight before. */
    public Map<String, String> oldNames(Architecture before) {
        Architecture after = architecture(before);
        List<Integer> kept = kept(before);
        Map<String, String> names = new LinkedHashMap<>();
        for (ModelTensor tensor : after.tensors()) {
            names.put(tensor.name(), oldName(tensor, kept, before));
        }
        return names;
    }

    private String oldName(ModelTensor tensor, List<Integer> kept, Architecture before) {
        if (!stack.equals(tensor.stack())) {
            return tensor.name();
        }
        return before.tensors().stream()
                .filter(t -> stack.equals(t.stack())
                        && t.layer() == kept.get(tensor.layer())
                        && t.role().equals(tensor.role()))
                .findFirst()
                .orElseThrow()
                .name();
    }
}
