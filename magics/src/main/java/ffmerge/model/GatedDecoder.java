package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.data.Batch;
import ffmerge.data.TokenBatch;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Decoders with gated FF sublayers, {@code down(φ(gate(x)) · up(x))}, rotary positions and attention in which several heads
 * may share keys and values. Follows transformers' {@code LlamaForCausalLM} (and {@code Mistral}), {@code OlmoForCausalLM}
 * and {@code Olmo2ForCausalLM}, which differ in where their norms stand and what these have learned.
 */
public final class GatedDecoder extends TransformerModel implements LanguageModel {
    private static final String STACK = "decoder";
    /** OLMo's own, which its config doesn't name. */
    private static final double PLAIN_EPSILON = 1e-5;

    private final NDArray tokens; // [vocabulary, model]
    private final Norm norm;
    private final NDArray head; // [vocabulary, model]
    private final List<Layer> layers;
    private final NDArray frequencies; // [head / 2]

    private final int heads;
    private final int keyValueHeads;
    private final int context;
    private final int padding;
    private final double clip;
    private final double epsilon;
    private final String activation;
    private final double attentionDropout;

    /**
     * A norm, or none where it has no place in the family.
     *
     * @param kind {@code rms}, {@code plain} (a layer norm without weights) or {@code none}
     * @param weights what it has learned, {@code [width]} each
     */
    private record Norm(String kind, List<NDArray> weights) {
        static final Norm NONE = new Norm("none", List.of());

        static Norm rms(Parameters p, String name) {
            return new Norm("rms", List.of(p.get(name + ".weight")));
        }
    }

    /**
     * The weights of a layer; shapes in llama.json. A linear map is its weight and, where the config asks for one, its bias.
     *
     * @param attentionNorm before the sublayer
     * @param attentionOutNorm behind it, before the residual sum
     */
    private record Layer(
            Norm attentionNorm,
            List<NDArray> query,
            List<NDArray> key,
            List<NDArray> value,
            Norm queryNorm,
            Norm keyNorm,
            List<NDArray> attentionOut,
            Norm attentionOutNorm,
            Norm feedForwardNorm,
            List<NDArray> gate,
            List<NDArray> up,
            List<NDArray> down,
            Norm feedForwardOutNorm) {
        static Layer of(Parameters p, String family, String prefix) {
            boolean after = family.equals("olmo2");
            return new Layer(
                    before(p, family, prefix + "input_layernorm"),
                    linear(p, prefix + "self_attn.q_proj"),
                    linear(p, prefix + "self_attn.k_proj"),
                    linear(p, prefix + "self_attn.v_proj"),
                    after ? Norm.rms(p, prefix + "self_attn.q_norm") : Norm.NONE,
                    after ? Norm.rms(p, prefix + "self_attn.k_norm") : Norm.NONE,
                    linear(p, prefix + "self_attn.o_proj"),
                    after ? Norm.rms(p, prefix + "post_attention_layernorm") : Norm.NONE,
                    before(p, family, prefix + "post_attention_layernorm"),
                    linear(p, prefix + "mlp.gate_proj"),
                    linear(p, prefix + "mlp.up_proj"),
                    linear(p, prefix + "mlp.down_proj"),
                    after ? Norm.rms(p, prefix + "post_feedforward_layernorm") : Norm.NONE);
        }

        private static Norm before(Parameters p, String family, String name) {
            return family.equals("olmo2") ? Norm.NONE : GatedDecoder.norm(p, family, name);
        }

        private static List<NDArray> linear(Parameters p, String name) {
            return p.present(name + ".weight", name + ".bias");
        }
    }

    private static Norm norm(Parameters p, String family, String name) {
        return family.equals("olmo") ? new Norm("plain", List.of()) : Norm.rms(p, name);
    }

    GatedDecoder(Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin) {
        super(architecture, parameters, manager, origin);
        ModelConfig config = architecture.config();
        String family = architecture.family();
        heads = config.size("num_attention_heads");
        keyValueHeads = config.has("num_key_value_heads") ? config.size("num_key_value_heads") : heads;
        context = context(config);
        padding = config.has("pad_token_id") ? (int) config.number("pad_token_id", -1) : -1;
        epsilon = family.equals("olmo")
                ? PLAIN_EPSILON
                : config.number("rms_norm_eps", family.equals("olmo2") ? 1e-5 : 1e-6);
        clip = clips(config) ? config.number("clip_qkv", 0) : 0;
        activation = Activation.of(config, "hidden_act", "silu");
        attentionDropout = Pass.probability(config.number("attention_dropout", 0), "attention_dropout");
        requireSupported(config);

        tokens = parameters.get("model.embed_tokens.weight");
        norm = norm(parameters, family, "model.norm");
        head = config.flag("tie_word_embeddings", false) ? tokens : parameters.get("lm_head.weight");
        layers = IntStream.range(0, layers())
                .mapToObj(i -> Layer.of(parameters, family, "model.layers." + i + "."))
                .toList();
        int queries = Math.toIntExact(layers.get(0).query().get(0).getShape().get(0));
        frequencies = Rotary.frequencies(config, queries / heads, config.size("max_position_embeddings"), manager);
    }

    /** As long as the positions, or as the sliding window: within it attention is the same with and without. */
    private static int context(ModelConfig config) {
        int positions = config.size("max_position_embeddings");
        boolean slides = config.modelType().equals("mistral") && config.has("sliding_window");
        return slides ? Math.min(positions, config.size("sliding_window")) : positions;
    }

    private boolean clips(ModelConfig config) {
        return architecture().family().equals("olmo") && config.has("clip_qkv");
    }

    private void requireSupported(ModelConfig config) {
        if (heads % keyValueHeads != 0) {
            throw new UserError(
                    config.source() + ": " + heads + " heads can't share the keys and values of " + keyValueHeads);
        }
        if (clips(config) && !(clip > 0)) {
            throw new UserError(config.source() + ": 'clip_qkv' should be positive, is " + clip);
        }
    }

    @Override
    public int context() {
        return context;
    }

    @Override
    public int vocabulary() {
        return Math.toIntExact(tokens.getShape().get(0));
    }

    @Override
    public Batch noise(int noiseTokens, long seed) {
        return TokenRows.noise(noiseTokens, context, vocabulary(), seed);
    }

    @Override
    public HiddenStates embed(Batch batch, Pass pass) {
        TokenBatch b = (TokenBatch) batch;
        TokenRows.requireFit(b, context, vocabulary());
        try (NDArray ids = TokenRows.ids(b, pass.scope())) {
            return new HiddenStates(batch, 0, pass.run("gated_embed", ids, tokens, padding));
        }
    }

    @Override
    HiddenStates layer(HiddenStates from, Pass pass) {
        int layer = from.layer();
        Layer w = layers.get(layer);
        NDArray afterAttention;
        try (NDArray attention = pass.run(
                "gated_attention",
                from.x(), // [batch, time, model]
                w.attentionNorm.kind,
                w.attentionNorm.weights,
                epsilon,
                w.query,
                w.key,
                w.value,
                w.attentionOut,
                clip,
                w.queryNorm.kind,
                w.queryNorm.weights,
                w.keyNorm.weights,
                frequencies,
                heads,
                keyValueHeads,
                pass.dropout(attentionDropout))) {
            pass.observe(Site.ATTENTION, STACK, layer, attention);
            afterAttention = sum(from.x(), attention, w.attentionOutNorm, pass);
        }
        try (afterAttention;
                NDArray product = feedForwardProduct(w, layer, afterAttention, pass); // [batch, time, hidden]
                NDArray feedForward = pass.run("affine", product, w.down)) {
            pass.observe(Site.FEED_FORWARD_PRODUCT, STACK, layer, product);
            pass.observe(Site.FEED_FORWARD, STACK, layer, feedForward);
            return from.next(sum(afterAttention, feedForward, w.feedForwardOutNorm, pass));
        }
    }

    /** The units times their activated gates. */
    private NDArray feedForwardProduct(Layer w, int layer, NDArray x, Pass pass) {
        List<NDArray> units =
                pass.runAll("gated_units", x, w.feedForwardNorm.kind, w.feedForwardNorm.weights, epsilon, w.up, w.gate);
        try (NDArray up = units.get(0);
                NDArray gate = units.get(1)) {
            pass.observe(Site.FEED_FORWARD_UNITS, STACK, layer, up);
            pass.observe(Site.FEED_FORWARD_GATE, STACK, layer, gate);
            return pass.run("gated_product", up, gate, activation);
        }
    }

    private NDArray sum(NDArray x, NDArray sublayer, Norm behind, Pass pass) {
        return pass.run("normed_residual", x, sublayer, behind.kind, behind.weights, epsilon);
    }

    @Override
    public NDArray logits(HiddenStates last, Pass pass) {
        return pass.run("gated_logits", last.x(), norm.kind, norm.weights, epsilon, head);
    }

    @Override
    public NDArray tokenLosses(HiddenStates last, Pass pass) {
        TokenBatch batch = (TokenBatch) last.batch();
        try (NDArray ids = TokenRows.ids(batch, pass.scope())) {
            return pass.run(
                    "gated_token_losses",
                    last.x(),
                    norm.kind,
                    norm.weights,
                    epsilon,
                    head,
                    ids,
                    batch.scoredFrom(),
                    TokenRows.atATime(vocabulary()));
        }
    }

    @Override
    public NDArray head(HiddenStates last, Pass pass) {
        return tokenLosses(last, pass);
    }

    @Override
    public NDArray loss(HiddenStates last, Pass pass) {
        try (NDArray ids = TokenRows.ids((TokenBatch) last.batch(), pass.scope())) {
            return pass.run(
                    "gated_mean_token_loss",
                    last.x(),
                    norm.kind,
                    norm.weights,
                    epsilon,
                    head,
                    ids,
                    pass.labelSmoothing());
        }
    }
}
