package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ffmerge.UserError;
import ffmerge.architecture.Branch;
import ffmerge.architecture.Settings;
import ffmerge.architecture.Stack;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Layers whose norms stand before their sublayers: attention of as many heads of keys as of queries, and FF sublayers
 * without gates.
 */
final class PreNormLayers {
    private final List<Layer> layers;
    private final String stack;
    private final boolean causal;
    private final int heads;
    private final String activation;
    private final double dropout;
    private final double attentionDropout;

    /**
     * What a layer has learned.
     *
     * @param attention null where the layer lacks it
     * @param up null where the layer lacks its FF sublayer
     */
    private record Layer(Norm attentionNorm, Attention attention, Norm feedForwardNorm, Linear up, Linear down) {
        static Layer of(LayerWeights w) {
            boolean attends = w.has(Branch.ATTENTION);
            boolean feedsForward = w.has(Branch.FEED_FORWARD);
            return new Layer(
                    attends ? w.norm("attention-norm") : Norm.NONE,
                    attends ? Attention.of(w, "") : null,
                    feedsForward ? w.norm("feed-forward-norm") : Norm.NONE,
                    feedsForward ? w.linear("up") : null,
                    feedsForward ? w.linear("down") : null);
        }
    }

    /** @param causal whether a token sees only those before it */
    PreNormLayers(Stack stack, boolean causal, Settings settings, Norm.Kind norms, Parameters parameters) {
        this.stack = stack.name();
        this.causal = causal;
        heads = heads(settings, "heads");
        activation = Activation.of(settings);
        dropout = settings.probability("dropout");
        attentionDropout = settings.probability("attentionDropout");
        layers = IntStream.range(0, stack.layers())
                .mapToObj(i -> Layer.of(new LayerWeights(parameters, stack.name(), i, norms)))
                .toList();
    }

    /**
     * The number of attention heads.
     *
     * @throws UserError if the model's width does not divide into them
     */
    static int heads(Settings settings, String name) {
        int heads = settings.size(name);
        int width = settings.size("width");
        boolean ownWidth = settings.has(name.replaceFirst("s$", "Width"));
        if (!ownWidth && width % heads != 0) {
            throw new UserError(settings.config().source() + ": " + settings.key("width") + " " + width
                    + " does not divide into " + heads + " heads");
        }
        return heads;
    }

    /** Runs the layer that the states stand before. */
    HiddenStates run(HiddenStates from, Pass pass) {
        int layer = from.layer();
        NDArray x = from.x(); // [batch, time, model]
        Layer w = layers.get(layer);
        NDArray afterAttention = w.attention == null ? pass.same(x) : afterAttention(layer, x, w, pass);
        if (w.up == null) {
            return from.next(afterAttention);
        }
        try (afterAttention;
                NDArray units = pass.run("units", afterAttention, w.feedForwardNorm, w.up); // [batch, time, hidden]
                NDArray feedForward = pass.run("down", units, activation, w.down, 0.)) {
            pass.observeInput(Site.FEED_FORWARD_INPUT, stack, layer, afterAttention, w.feedForwardNorm);
            pass.observe(Site.FEED_FORWARD_UNITS, stack, layer, units);
            pass.observeActivated(stack, layer, units, activation);
            pass.observe(Site.FEED_FORWARD, stack, layer, feedForward);
            return from.next(pass.run("residual", afterAttention, feedForward, pass.dropout(dropout)));
        }
    }

    private NDArray afterAttention(int layer, NDArray x, Layer w, Pass pass) {
        Object[] arguments = {x, w.attentionNorm, w.attention, causal, heads, pass.dropout(attentionDropout)};
        pass.observeInput(Site.ATTENTION_INPUT, stack, layer, x, w.attentionNorm);
        pass.observeHeads(stack, layer, "self_attention", arguments);
        try (NDArray attention = pass.run("self_attention", arguments)) {
            pass.observe(Site.ATTENTION, stack, layer, attention);
            return pass.run("residual", x, attention, pass.dropout(dropout));
        }
    }
}
