package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.data.Batch;
import ffmerge.data.TokenBatch;
import ffmerge.generate.GenerationSettings;
import ffmerge.generate.Search;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Decoders with gated FF sublayers, {@code down(φ(gate(x)) · up(x))}, rotary positions and attention in which several heads
 * may share keys and values. Follows transformers' {@code LlamaForCausalLM} (and {@code Mistral}), {@code OlmoForCausalLM}
 * and {@code Olmo2ForCausalLM}, which differ in where their norms stand and what these have learned.
 */
public final class GatedDecoder extends TransformerModel implements LanguageModel, TextGenerator {
    /** The families whose forward pass this is. */
    static final Set<String> FAMILIES = Set.of("llama", "olmo", "olmo2");

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
     * The weights of a layer; shapes in llama.json.
     *
     * @param attentionNorm before the sublayer
     * @param attentionOutNorm behind it, before the residual sum
     */
    private record Layer(
            Norm attentionNorm,
            Linear query,
            Linear key,
            Linear value,
            Norm queryNorm,
            Norm keyNorm,
            Linear attentionOut,
            Norm attentionOutNorm,
            Norm feedForwardNorm,
            Linear gate,
            Linear up,
            Linear down,
            Norm feedForwardOutNorm) {
        static Layer of(Parameters p, String family, String prefix) {
            boolean after = family.equals("olmo2");
            return new Layer(
                    before(p, family, prefix + "input_layernorm"),
                    Linear.of(p, prefix + "self_attn.q_proj"),
                    Linear.of(p, prefix + "self_attn.k_proj"),
                    Linear.of(p, prefix + "self_attn.v_proj"),
                    after ? Norm.rms(p, prefix + "self_attn.q_norm") : Norm.NONE,
                    after ? Norm.rms(p, prefix + "self_attn.k_norm") : Norm.NONE,
                    Linear.of(p, prefix + "self_attn.o_proj"),
                    after ? Norm.rms(p, prefix + "post_attention_layernorm") : Norm.NONE,
                    before(p, family, prefix + "post_attention_layernorm"),
                    Linear.of(p, prefix + "mlp.gate_proj"),
                    Linear.of(p, prefix + "mlp.up_proj"),
                    Linear.of(p, prefix + "mlp.down_proj"),
                    after ? Norm.rms(p, prefix + "post_feedforward_layernorm") : Norm.NONE);
        }

        private static Norm before(Parameters p, String family, String name) {
            return family.equals("olmo2") ? Norm.NONE : GatedDecoder.norm(p, family, name);
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
                : config.number("rms_norm_eps", family.equals("olmo2") ? 1e-5 : 1e-6, 0, 1);
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
        int queries = layers.get(0).query().outputs();
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
        TokenBatch b = TokenRows.of(batch);
        TokenRows.requireFit(b, context, vocabulary());
        try (NDArray ids = TokenRows.ids(b, pass.scope())) {
            return new HiddenStates(batch, 0, pass.run("gated_embed", ids, tokens, padding));
        }
    }

    @Override
    HiddenStates layer(HiddenStates from, Pass pass) {
        int layer = from.layer();
        Layer w = layers.get(layer);
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
            return from.next(afterAttention(w, layer, from.x(), attention, pass));
        }
    }

    /** The rest of a layer, for states {@code […, model]} and what attention made of them. */
    private NDArray afterAttention(Layer w, int layer, NDArray x, NDArray attention, Pass pass) {
        pass.observe(Site.ATTENTION, STACK, layer, attention);
        try (NDArray afterAttention = sum(x, attention, w.attentionOutNorm, pass);
                NDArray product = feedForwardProduct(w, layer, afterAttention, pass); // […, hidden]
                NDArray feedForward = pass.run("affine", product, w.down)) {
            pass.observe(Site.FEED_FORWARD_PRODUCT, STACK, layer, product);
            pass.observe(Site.FEED_FORWARD, STACK, layer, feedForward);
            return sum(afterAttention, feedForward, w.feedForwardOutNorm, pass);
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
        return nextScores(last.x(), pass);
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
        try (NDArray targets = TokenRows.targets(last.batch(), pass.scope())) {
            return pass.run(
                    "gated_mean_token_loss",
                    last.x(),
                    norm.kind,
                    norm.weights,
                    epsilon,
                    head,
                    targets,
                    pass.labelSmoothing());
        }
    }

    @Override
    public GenerationSettings generation() {
        return GenerationSettings.ofDecoder(
                origin() == null ? null : origin().folder(), architecture().config(), context);
    }

    @Override
    public List<int[]> generate(List<int[]> prompts, GenerationSettings settings, NDManager scope) {
        int longest = prompts.stream().mapToInt(prompt -> prompt.length).max().orElse(0);
        if (longest + settings.maxLength() - 1 > context) {
            throw new UserError("a prompt of " + longest + " tokens and " + (settings.maxLength() - 1)
                    + " new ones exceed the model's context of " + context);
        }
        Search search = Search.of(prompts.size(), vocabulary(), settings);
        new GatedDecoding(this, prompts, scope).run(search, settings);
        return search.results();
    }

    // what decoding token by token needs of the model

    /**
     * What a layer knows of the tokens before the newest.
     *
     * @param past keys and values of generated tokens, {@code [2, rows before, key heads, time, width]}
     * @param order which of the rows before each row continues
     * @param prompt keys and values of the prompts, {@code [2, sentences, key heads, prompt time, width]}
     * @param mask true where a prompt has a token, {@code [sentences, prompt time]}
     * @param positions of the rows' newest tokens
     */
    record Cache(NDArray past, NDArray order, NDArray prompt, NDArray mask, NDArray positions) {}

    /**
     * A layer done for the newest tokens.
     *
     * @param x the states after it, {@code [rows, model]}
     * @param past keys and values with these tokens
     */
    record Step(NDArray x, NDArray past) {}

    /** The newest tokens: {@code [rows, model]}. */
    NDArray embedNewest(long[] newest, Pass pass) {
        try (NDArray ids = pass.scope().create(newest)) {
            return pass.run("gated_embed", ids, tokens, padding);
        }
    }

    /** Keys and values that a layer makes of states {@code [batch, time, model]}: {@code [2, batch, key heads, time, width]}. */
    NDArray keysValues(int layer, NDArray x, Pass pass) {
        Layer w = layers.get(layer);
        return pass.run(
                "gated_keys_values",
                x,
                w.attentionNorm.kind,
                w.attentionNorm.weights,
                epsilon,
                w.key,
                w.value,
                clip,
                w.keyNorm.kind,
                w.keyNorm.weights,
                frequencies,
                keyValueHeads);
    }

    /** The newest tokens' states {@code [rows, model]} one layer on. */
    Step step(int layer, NDArray x, Cache cache, Pass pass) {
        Layer w = layers.get(layer);
        List<NDArray> attended = pass.runAll(
                "gated_attention_step",
                x,
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
                cache.past,
                cache.order,
                cache.prompt,
                cache.mask,
                cache.positions);
        try (NDArray attention = attended.get(0)) {
            return new Step(afterAttention(w, layer, x, attention, pass), attended.get(1));
        }
    }

    /** Scores for the token after each of these states {@code […, model]}: {@code […, vocabulary]}. */
    NDArray nextScores(NDArray x, Pass pass) {
        return pass.run("gated_logits", x, norm.kind, norm.weights, epsilon, head);
    }
}
