package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.Counted;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Branch;
import ffmerge.architecture.Settings;
import ffmerge.data.Batch;
import ffmerge.data.TokenBatch;
import ffmerge.generate.GeneratedTexts;
import ffmerge.generate.GenerationReader;
import ffmerge.generate.GenerationSettings;
import ffmerge.generate.Search;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Decoders with gated FF sublayers, {@code down(φ(gate(x)) · up(x))}, rotary positions and attention in which several heads
 * may share keys and values. Follows transformers' {@code LlamaForCausalLM} (and {@code Mistral}), {@code OlmoForCausalLM}
 * and {@code Olmo2ForCausalLM}, which differ in where their norms stand and what these have learned.
 */
public final class GatedDecoder extends TransformerModel implements LanguageModel, TextGenerator {
    private final NDArray tokens; // [vocabulary, model]
    private final Norm norm;
    private final Linear head; // [model] → [vocabulary]
    private final List<Layer> layers;
    private final NDArray frequencies; // [head / 2]

    private final String stack;
    private final int heads;
    private final int keyValueHeads;
    private final int context;
    private final int padding;
    private final double clip;
    private final String activation;
    private final double attentionDropout;

    /**
     * What a layer has learned.
     *
     * @param attentionNorm before the sublayer
     * @param attention null where the layer lacks it
     * @param attentionOutNorm behind it, before the residual sum
     * @param up null where the layer lacks its FF sublayer
     */
    private record Layer(
            Norm attentionNorm,
            Attention attention,
            Norm queryNorm,
            Norm keyNorm,
            Norm attentionOutNorm,
            Norm feedForwardNorm,
            Linear gate,
            Linear up,
            Linear down,
            Norm feedForwardOutNorm) {
        /** @param before whether norms stand before the sublayers, though they may have learned nothing */
        static Layer of(LayerWeights w, boolean before) {
            boolean attends = w.has(Branch.ATTENTION);
            boolean feedsForward = w.has(Branch.FEED_FORWARD);
            return new Layer(
                    before && attends ? w.norm("attention-norm") : Norm.NONE,
                    attends ? Attention.of(w, "") : null,
                    w.normIfAny("query-norm"),
                    w.normIfAny("key-norm"),
                    w.normIfAny("attention-out-norm"),
                    before && feedsForward ? w.norm("feed-forward-norm") : Norm.NONE,
                    feedsForward ? w.linear("gate") : null,
                    feedsForward ? w.linear("up") : null,
                    feedsForward ? w.linear("down") : null,
                    w.normIfAny("feed-forward-out-norm"));
        }
    }

    GatedDecoder(Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin) {
        super(architecture, parameters, manager, origin);
        Settings settings = architecture.settings();
        heads = settings.size("heads");
        keyValueHeads = settings.size("keyValueHeads");
        if (heads % keyValueHeads != 0) {
            throw new UserError(settings.config().source() + ": " + Counted.of(heads, "heads")
                    + " can't share the keys and values of " + keyValueHeads);
        }
        context = context(settings);
        padding = (int) settings.number("padding");
        clip = clip(settings);
        activation = Activation.of(settings);
        attentionDropout = settings.probability("attentionDropout");

        Norm.Kind norms = Norm.Kind.of(settings.text("norm"), settings, manager);
        LayerWeights w = LayerWeights.outside(parameters, norms);
        tokens = w.array("tokens");
        norm = w.norm("norm");
        head = w.head(tokens);
        stack = architecture.stacks().get(0).name();
        boolean before = settings.text("norms").equals("before");
        layers = IntStream.range(0, layers())
                .mapToObj(i -> Layer.of(new LayerWeights(parameters, stack, i, norms), before))
                .toList();
        int queries = layers.stream()
                .filter(layer -> layer.attention != null)
                .mapToInt(layer -> layer.attention.query().outputs())
                .findFirst()
                .orElse(0); // nothing is turned where no layer attends
        frequencies = Rotary.frequencies(settings, queries / heads, manager);
    }

    /** As long as the positions, or as the sliding window: within it attention is the same with and without. */
    private static int context(Settings settings) {
        int positions = settings.size("context");
        return settings.has("slidingWindow") ? Math.min(positions, settings.size("slidingWindow")) : positions;
    }

    /** What queries, keys and values are limited to; 0 where they aren't. */
    private static double clip(Settings settings) {
        if (!settings.has("clip")) {
            return 0;
        }
        double clip = settings.number("clip");
        if (!(clip > 0)) {
            throw new UserError(
                    settings.config().source() + ": '" + settings.key("clip") + "' should be positive, is " + clip);
        }
        return clip;
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
            return new HiddenStates(batch, 0, pass.run("token_states", ids, tokens, padding));
        }
    }

    @Override
    HiddenStates layer(HiddenStates from, Pass pass) {
        int layer = from.layer();
        Layer w = layers.get(layer);
        if (w.attention == null) {
            return from.next(afterFeedForward(w, layer, from.x(), pass));
        }
        Object[] arguments = {
            from.x(), // [batch, time, model]
            w.attentionNorm,
            w.attention,
            w.queryNorm,
            w.keyNorm,
            clip,
            frequencies,
            heads,
            keyValueHeads,
            pass.dropout(attentionDropout)
        };
        pass.observeInput(Site.ATTENTION_INPUT, stack, layer, from.x(), w.attentionNorm);
        pass.observeHeads(stack, layer, "rotary_attention", arguments);
        try (NDArray attention = pass.run("rotary_attention", arguments)) {
            return from.next(afterAttention(w, layer, from.x(), attention, pass));
        }
    }

    /** The rest of a layer, for states {@code […, model]} and what attention made of them. */
    private NDArray afterAttention(Layer w, int layer, NDArray x, NDArray attention, Pass pass) {
        pass.observe(Site.ATTENTION, stack, layer, attention);
        try (NDArray afterAttention = sum(x, attention, w.attentionOutNorm, pass)) {
            return afterFeedForward(w, layer, afterAttention, pass);
        }
    }

    /** What the FF sublayer makes of states, which stay as they are. */
    private NDArray afterFeedForward(Layer w, int layer, NDArray afterAttention, Pass pass) {
        if (w.up == null) {
            return pass.same(afterAttention);
        }
        try (NDArray product = feedForwardProduct(w, layer, afterAttention, pass); // […, hidden]
                NDArray feedForward = pass.run("linear", product, w.down)) {
            pass.observe(Site.FEED_FORWARD_PRODUCT, stack, layer, product);
            pass.observe(Site.FEED_FORWARD, stack, layer, feedForward);
            return sum(afterAttention, feedForward, w.feedForwardOutNorm, pass);
        }
    }

    /** The units times their activated gates. */
    private NDArray feedForwardProduct(Layer w, int layer, NDArray x, Pass pass) {
        pass.observeInput(Site.FEED_FORWARD_INPUT, stack, layer, x, w.feedForwardNorm);
        List<NDArray> units = pass.runAll("gated_units", x, w.feedForwardNorm, w.up, w.gate);
        try (NDArray up = units.get(0);
                NDArray gate = units.get(1)) {
            pass.observe(Site.FEED_FORWARD_UNITS, stack, layer, up);
            pass.observe(Site.FEED_FORWARD_GATE, stack, layer, gate);
            return pass.run("gated_product", up, gate, activation);
        }
    }

    private NDArray sum(NDArray x, NDArray sublayer, Norm behind, Pass pass) {
        return pass.run("normed_residual", x, sublayer, behind);
    }

    @Override
    public NDArray logits(HiddenStates last, Pass pass) {
        return nextScores(last.x(), pass);
    }

    @Override
    public NDArray tokenLosses(HiddenStates last, Pass pass) {
        return TokenRows.losses(last, norm, head, vocabulary(), pass);
    }

    @Override
    public NDArray head(HiddenStates last, Pass pass) {
        return tokenLosses(last, pass);
    }

    @Override
    public NDArray loss(HiddenStates last, Pass pass) {
        return TokenRows.meanLoss(last, norm, head, pass);
    }

    @Override
    public GenerationSettings generation() {
        Path folder = origin() == null ? null : origin().folder();
        return GenerationReader.ofDecoder(folder, architecture().config(), context, vocabulary());
    }

    @Override
    public List<int[]> generate(List<int[]> prompts, GenerationSettings settings, NDManager scope) {
        for (int[] prompt : prompts) {
            int fresh = settings.newTokens(prompt.length);
            if (prompt.length + fresh > context) {
                throw new UserError("a prompt of " + Counted.of(prompt.length, "tokens") + " and " + fresh
                        + " new ones exceed the model's context of " + context);
            }
        }
        GeneratedTexts texts = new GeneratedTexts(prompts, prompts, settings);
        Search search = Search.of(texts.limits(), vocabulary(), settings);
        new GatedDecoding(this, prompts, scope).run(search, texts, settings);
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
     * @param past keys and values with these tokens; null where the layer lacks attention
     */
    record Step(NDArray x, NDArray past) {}

    /** The newest tokens: {@code [rows, model]}. */
    NDArray embedNewest(long[] newest, Pass pass) {
        try (NDArray ids = pass.scope().create(newest)) {
            return pass.run("token_states", ids, tokens, padding);
        }
    }

    /** Whether a layer looks at other tokens; one that doesn't has no keys and values, and no cache. */
    boolean attends(int layer) {
        return layers.get(layer).attention != null;
    }

    /** Keys and values that a layer makes of states {@code [batch, time, model]}: {@code [2, batch, key heads, time, width]}. */
    NDArray keysValues(int layer, NDArray x, Pass pass) {
        Layer w = layers.get(layer);
        return pass.run(
                "rotary_keys_values",
                x,
                w.attentionNorm,
                w.attention.key(),
                w.attention.value(),
                w.keyNorm,
                clip,
                frequencies,
                keyValueHeads);
    }

    /** The newest tokens' states {@code [rows, model]} one layer on. */
    Step step(int layer, NDArray x, Cache cache, Pass pass) {
        Layer w = layers.get(layer);
        if (w.attention == null) {
            return new Step(afterFeedForward(w, layer, x, pass), null);
        }
        List<NDArray> attended = pass.runAll(
                "rotary_attention_step",
                x,
                w.attentionNorm,
                w.attention,
                w.queryNorm,
                w.keyNorm,
                clip,
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
        return pass.run("scores", x, norm, head);
    }
}
