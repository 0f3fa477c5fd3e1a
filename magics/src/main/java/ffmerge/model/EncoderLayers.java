package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ffmerge.architecture.Branch;
import ffmerge.architecture.Settings;
import ffmerge.architecture.Stack;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Layers each of whose tokens sees all others: attention of as many heads of keys as of queries, FF sublayers with gates or
 * without, norms before the sublayers, {@code x + f(norm(x))}, or behind the sums, {@code norm(x + f(x))}, as the family's setting
 * {@code norms} says.
 */
final class EncoderLayers {
    private final List<Layer> layers;
    private final String stack;
    private final boolean normsBehind;
    private final int heads;
    private final String activation;
    private final double dropout;
    private final double attentionDropout;
    private final double dropPath;

    /**
     * What a layer has learned.
     *
     * @param attention null where the layer lacks it
     * @param up null where the layer lacks its FF sublayer
     */
    private record Layer(
            Norm attentionNorm,
            Attention attention,
            Map<String, NDArray> attentionScale,
            Norm feedForwardNorm,
            Linear up,
            Linear gate,
            Linear down,
            Map<String, NDArray> feedForwardScale) {
        static Layer of(LayerWeights w) {
            boolean attends = w.has(Branch.ATTENTION);
            boolean feedsForward = w.has(Branch.FEED_FORWARD);
            return new Layer(
                    attends ? w.norm("attention-norm") : Norm.NONE,
                    attends ? Attention.of(w, "") : null,
                    scale(w, "attention-scale"),
                    feedsForward ? w.norm("feed-forward-norm") : Norm.NONE,
                    feedsForward ? w.linear("up") : null,
                    feedsForward && w.has("gate") ? w.linear("gate") : null,
                    feedsForward ? w.linear("down") : null,
                    scale(w, "feed-forward-scale"));
        }

        /** Layer scale (Touvron et al. 2021): {@code [model]} if there is one. */
        private static Map<String, NDArray> scale(LayerWeights w, String role) {
            return w.has(role) ? Map.of("scale", w.array(role)) : Map.of();
        }
    }

    EncoderLayers(Stack stack, Settings settings, Norm.Kind norms, Parameters parameters) {
        this.stack = stack.name();
        normsBehind = settings.text("norms").equals("behind");
        heads = Attention.heads(settings, "heads");
        activation = Activation.of(settings);
        dropout = settings.probability("dropout");
        attentionDropout = settings.probability("attentionDropout");
        dropPath = settings.has("dropPath") ? settings.probability("dropPath") : 0;
        layers = IntStream.range(0, stack.layers())
                .mapToObj(i -> Layer.of(new LayerWeights(parameters, stack.name(), i, norms)))
                .toList();
    }

    /** Runs the layer that the states stand before; padding among them is not looked at. */
    HiddenStates run(HiddenStates from, Pass pass) {
        int layer = from.layer();
        Layer w = layers.get(layer);
        NDArray attended = w.attention == null ? pass.same(from.x()) : attended(layer, from, w, pass);
        if (w.up == null) {
            return from.next(attended);
        }
        Norm before = normsBehind ? Norm.NONE : w.feedForwardNorm;
        FeedForwardMaps maps = new FeedForwardMaps(before, w.up, w.gate, w.down, activation);
        try (attended; // [batch, time, model]
                NDArray feedForward = maps.run(attended, stack, layer, pass)) {
            return from.next(sum(attended, feedForward, w.feedForwardScale, w.feedForwardNorm, pass));
        }
    }

    private NDArray attended(int layer, HiddenStates from, Layer w, Pass pass) {
        NDArray x = from.x(); // [batch, time, model]
        Norm before = normsBehind ? Norm.NONE : w.attentionNorm;
        boolean padded = from.source() != null;
        String kernel = padded ? "masked_self_attention" : "self_attention";
        Object[] arguments = padded
                ? new Object[] {x, before, from.source().mask(), w.attention, heads, pass.dropout(attentionDropout)}
                : new Object[] {x, before, w.attention, false, heads, pass.dropout(attentionDropout)};
        pass.observeInput(Site.ATTENTION_INPUT, stack, layer, x, before);
        pass.observeHeads(stack, layer, kernel, arguments);
        try (NDArray attention = pass.run(kernel, arguments)) {
            pass.observe(Site.ATTENTION, stack, layer, attention);
            return sum(x, attention, w.attentionScale, w.attentionNorm, pass);
        }
    }

    /** The states with what a sublayer adds to them. */
    private NDArray sum(NDArray x, NDArray sublayer, Map<String, NDArray> scale, Norm norm, Pass pass) {
        Norm behind = normsBehind ? norm : Norm.NONE;
        return pass.run("encoder_sum", x, sublayer, scale, behind, pass.dropout(dropout), pass.dropout(dropPath));
    }
}
