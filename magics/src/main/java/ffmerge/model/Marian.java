package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.data.Batch;
import ffmerge.data.SentencePair;
import ffmerge.data.TranslationBatch;
import ffmerge.generate.GenerationSettings;
import ffmerge.generate.Search;
import ffmerge.torch.Inputs;
import ffmerge.torch.Kernels;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Marian, the architecture of OPUS-MT: encoder and decoder, sinusoidal positions, norms behind the residual sums, weights
 * stored [out, in]. Follows transformers' {@code MarianMTModel}.
 */
public final class Marian extends TransformerModel implements TranslationModel {
    private static final String ENCODER = "encoder";
    private static final String DECODER = "decoder";
    private static final Set<String> ACTIVATIONS =
            Set.of("gelu_new", "gelu_pytorch_tanh", "gelu", "relu", "silu", "swish", "quick_gelu");
    /** A target that doesn't count. */
    private static final long NO_TARGET = -100;
    /** Tokens of a usual sentence. */
    private static final int NOISE_LENGTH = 16;

    private final NDArray tokens; // [vocabulary, model]
    private final NDArray sourcePositions; // [positions, model]
    private final NDArray targetPositions; // [positions, model]
    private final NDArray head; // [vocabulary, model]
    private final NDArray bias; // [1, vocabulary]
    private final List<Layer> encoder;
    private final List<Layer> decoder;

    private final int encoderHeads;
    private final int decoderHeads;
    private final double scale;
    private final String activation;
    private final int padding;
    private final int start;
    private final double dropout;
    private final double attentionDropout;
    private final double activationDropout;

    /** The weight and bias of a linear map or a norm. */
    record Affine(NDArray weight, NDArray bias) {
        static Affine of(Parameters p, String name) {
            return new Affine(p.get(name + ".weight"), p.get(name + ".bias"));
        }
    }

    /** The linear maps of an attention sublayer, {@code [model, model]} each. */
    record Attention(Affine query, Affine key, Affine value, Affine out) {
        static Attention of(Parameters p, String name) {
            return new Attention(
                    Affine.of(p, name + ".q_proj"),
                    Affine.of(p, name + ".k_proj"),
                    Affine.of(p, name + ".v_proj"),
                    Affine.of(p, name + ".out_proj"));
        }

        List<NDArray> weights() {
            return List.of(
                    query.weight(),
                    query.bias(),
                    key.weight(),
                    key.bias(),
                    value.weight(),
                    value.bias(),
                    out.weight(),
                    out.bias());
        }
    }

    /**
     * The weights of a layer; shapes in marian.json.
     *
     * @param source how a decoder layer looks at what the encoder made of the source; null in the encoder
     */
    record Layer(
            Attention self, Affine selfNorm, Attention source, Affine sourceNorm, Affine up, Affine down, Affine norm) {
        static Layer of(Parameters p, String prefix, boolean decodes) {
            return new Layer(
                    Attention.of(p, prefix + "self_attn"),
                    Affine.of(p, prefix + "self_attn_layer_norm"),
                    decodes ? Attention.of(p, prefix + "encoder_attn") : null,
                    decodes ? Affine.of(p, prefix + "encoder_attn_layer_norm") : null,
                    Affine.of(p, prefix + "fc1"),
                    Affine.of(p, prefix + "fc2"),
                    Affine.of(p, prefix + "final_layer_norm"));
        }
    }

    Marian(Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin) {
        super(architecture, parameters, manager, origin);
        ModelConfig config = architecture.config();
        encoderHeads = config.size("encoder_attention_heads");
        decoderHeads = config.size("decoder_attention_heads");
        activation = config.text("activation_function", "gelu");
        dropout = Pass.probability(config.number("dropout", 0.1), "dropout");
        attentionDropout = Pass.probability(config.number("attention_dropout", 0), "attention_dropout");
        activationDropout = Pass.probability(config.number("activation_dropout", 0), "activation_dropout");
        scale = config.flag("scale_embedding", false) ? Math.sqrt(config.size("d_model")) : 1;
        padding = token(config, "pad_token_id");
        start = token(config, "decoder_start_token_id");
        requireSupported(config);

        tokens = parameters.get("model.shared.weight");
        sourcePositions = parameters.get("model.encoder.embed_positions.weight");
        targetPositions = parameters.get("model.decoder.embed_positions.weight");
        head = config.flag("tie_word_embeddings", true) ? tokens : parameters.get("lm_head.weight");
        bias = parameters.get("final_logits_bias");
        encoder = layers(ENCODER, parameters);
        decoder = layers(DECODER, parameters);
    }

    private List<Layer> layers(String stack, Parameters parameters) {
        return IntStream.range(0, architecture().stack(stack).layers())
                .mapToObj(i -> Layer.of(parameters, "model." + stack + ".layers." + i + ".", stack.equals(DECODER)))
                .toList();
    }

    private static int token(ModelConfig config, String key) {
        List<Integer> ids = config.wholeNumbers(key);
        if (ids.isEmpty() || ids.get(0) < 0 || ids.get(0) >= config.size("vocab_size")) {
            throw new UserError(config.source() + ": '" + key + "' should be a token of the vocabulary, is "
                    + (ids.isEmpty() ? "missing" : ids.get(0)));
        }
        return ids.get(0);
    }

    private void requireSupported(ModelConfig config) {
        if (!ACTIVATIONS.contains(activation)) {
            throw new UserError(
                    config.source() + ": the activation_function '" + activation + "' is not known; known are "
                            + String.join(", ", ACTIVATIONS.stream().sorted().toList()));
        }
        for (int heads : List.of(encoderHeads, decoderHeads)) {
            if (config.size("d_model") % heads != 0) {
                throw new UserError(config.source() + ": d_model " + config.size("d_model") + " does not divide into "
                        + heads + " heads");
            }
        }
        if (!config.flag("share_encoder_decoder_embeddings", true)) {
            throw new UserError(config.source() + ": embeddings that the two stacks don't share are not supported");
        }
        if (config.flag("normalize_before", false) || config.flag("normalize_embedding", false)) {
            throw new UserError(
                    config.source() + ": norms before the sublayers or behind the embedding are not supported");
        }
    }

    @Override
    public int positions() {
        return Math.toIntExact(sourcePositions.getShape().get(0));
    }

    @Override
    public int vocabulary() {
        return Math.toIntExact(tokens.getShape().get(0));
    }

    @Override
    public GenerationSettings generation() {
        return GenerationSettings.of(
                origin() == null ? null : origin().folder(), architecture().config(), positions());
    }

    @Override
    public HiddenStates embed(Batch batch, Pass pass) {
        TranslationBatch b = (TranslationBatch) batch;
        long[] sources = b.sources(padding);
        requireFits(b.sourceLength(), sources);
        requireFits(b.targetLength(), b.targets(padding));
        pass.seedDropout(0);
        NDArray mask = Inputs.of(b.sourceMask(), new Shape(b.rows(), 1, 1, b.sourceLength()), pass.scope());
        NDArray x = embed(sources, b.rows(), sourcePositions, pass); // [batch, source time, model]
        return new HiddenStates(batch, 0, x, new HiddenStates.Source(mask, null));
    }

    private void requireFits(int length, long[] ids) {
        if (length > positions()) {
            throw new UserError(
                    "sentences of " + length + " tokens are longer than the model's " + positions() + " positions");
        }
        long largest = Arrays.stream(ids).max().orElse(0);
        if (largest >= vocabulary()) {
            throw new UserError("the data holds token " + largest + ", the model knows tokens 0 to "
                    + (vocabulary() - 1) + ": is its tokenizer another model's?");
        }
    }

    private NDArray embed(long[] ids, int rows, NDArray positions, Pass pass) {
        try (NDArray array = Inputs.of(ids, new Shape(rows, ids.length / rows), pass.scope())) {
            return pass.run("marian_embed", array, tokens, positions, 0, padding, scale, pass.dropout(dropout));
        }
    }

    @Override
    HiddenStates layer(HiddenStates from, Pass pass) {
        int layer = from.layer();
        if (layer < encoder.size()) {
            return from.next(encoderLayer(layer, from, pass));
        }
        if (from.source().memory() != null) {
            return from.next(decoderLayer(layer - encoder.size(), from, pass));
        }
        try (HiddenStates first = startDecoder(from, pass)) {
            return first.next(decoderLayer(0, first, pass));
        }
    }

    /**
     * The encoder's output becomes memory; the targets, shifted right by the start token, become the states. It is done when
     * the first decoder layer is run and not before: which encoder layer is the last is known to this model alone.
     */
    private HiddenStates startDecoder(HiddenStates encoded, Pass pass) {
        TranslationBatch batch = (TranslationBatch) encoded.batch();
        NDArray memory = encoded.x().reshape(encoded.x().getShape()); // a handle that outlives these states
        memory.attach(pass.scope());
        NDArray x = embed(shifted(batch), batch.rows(), targetPositions, pass); // [batch, target time, model]
        return new HiddenStates(
                batch,
                encoded.layer(),
                x,
                new HiddenStates.Source(encoded.source().mask(), memory));
    }

    private long[] shifted(TranslationBatch batch) {
        long[] targets = batch.targets(padding);
        int length = batch.targetLength();
        long[] inputs = new long[targets.length];
        System.arraycopy(targets, 0, inputs, 1, targets.length - 1);
        for (int row = 0; row < batch.rows(); row++) {
            inputs[row * length] = start;
        }
        return inputs;
    }

    private NDArray encoderLayer(int layer, HiddenStates from, Pass pass) {
        Layer w = encoder.get(layer);
        NDArray afterAttention;
        try (NDArray attention = pass.run(
                "masked_attention",
                from.x(), // [batch, source time, model]
                from.x(),
                from.source().mask(),
                w.self().weights(),
                encoderHeads,
                pass.dropout(attentionDropout))) {
            observe(Site.ATTENTION, ENCODER, layer, attention, from, pass);
            afterAttention = postNorm(from.x(), attention, w.selfNorm(), pass);
        }
        try (afterAttention) {
            return feedForward(w, ENCODER, layer, afterAttention, from, pass);
        }
    }

    private NDArray decoderLayer(int layer, HiddenStates from, Pass pass) {
        Layer w = decoder.get(layer);
        NDArray afterSelf;
        try (NDArray attention = pass.run(
                "causal_attention",
                from.x(), // [batch, target time, model]; padding stands behind all that counts
                w.self().weights(),
                decoderHeads,
                pass.dropout(attentionDropout))) {
            observe(Site.ATTENTION, DECODER, layer, attention, from, pass);
            afterSelf = postNorm(from.x(), attention, w.selfNorm(), pass);
        }
        NDArray afterSource;
        try (afterSelf;
                NDArray attention = pass.run(
                        "masked_attention",
                        afterSelf,
                        from.source().memory(),
                        from.source().mask(),
                        w.source().weights(),
                        decoderHeads,
                        pass.dropout(attentionDropout))) {
            afterSource = postNorm(afterSelf, attention, w.sourceNorm(), pass);
        }
        try (afterSource) {
            return feedForward(w, DECODER, layer, afterSource, from, pass);
        }
    }

    private NDArray feedForward(Layer w, String stack, int layer, NDArray x, HiddenStates from, Pass pass) {
        try (NDArray units = pass.run("linear", x, w.up().weight(), w.up().bias()); // [batch, time, hidden]
                NDArray feedForward = pass.run(
                        "marian_down",
                        units,
                        activation,
                        w.down().weight(),
                        w.down().bias(),
                        pass.dropout(activationDropout))) {
            observe(Site.FEED_FORWARD_UNITS, stack, layer, units, from, pass);
            observe(Site.FEED_FORWARD, stack, layer, feedForward, from, pass);
            return postNorm(x, feedForward, w.norm(), pass);
        }
    }

    private NDArray postNorm(NDArray x, NDArray sublayer, Affine norm, Pass pass) {
        return pass.run("post_norm", x, sublayer, norm.weight(), norm.bias(), pass.dropout(dropout));
    }

    /** Shows the rows that hold a token, or all where the observer asks for padding too. */
    private static void observe(Site site, String stack, int layer, NDArray values, HiddenStates states, Pass pass) {
        if (pass.observer() == SublayerObserver.NOBODY) {
            return;
        }
        if (pass.observer().seesPadding()) {
            pass.observe(site, stack, layer, values);
            return;
        }
        TranslationBatch batch = (TranslationBatch) states.batch();
        long[] places = stack.equals(ENCODER) ? batch.sourcePlaces() : batch.targetPlaces();
        try (NDArray array = pass.scope().create(places);
                NDArray rows = pass.run("rows", values, array)) {
            pass.observe(site, stack, layer, rows);
        }
    }

    @Override
    public Batch noise(int noiseTokens, long seed) {
        int length = Math.min(NOISE_LENGTH, positions());
        SplittableRandom random = new SplittableRandom(seed);
        return new TranslationBatch(IntStream.range(0, Math.max(1, noiseTokens / length))
                .mapToObj(row -> new SentencePair(
                        row,
                        "",
                        "",
                        random.ints(length, 0, vocabulary()).toArray(),
                        random.ints(length, 0, vocabulary()).toArray()))
                .toList());
    }

    @Override
    public NDArray head(HiddenStates last, Pass pass) {
        return logits(last, pass);
    }

    @Override
    public NDArray logits(HiddenStates last, Pass pass) {
        return pass.run("biased_logits", last.x(), head, bias);
    }

    @Override
    public NDArray loss(HiddenStates last, Pass pass) {
        TranslationBatch b = (TranslationBatch) last.batch();
        try (NDArray targets = Inputs.of(b.targets(NO_TARGET), new Shape(b.rows(), b.targetLength()), pass.scope())) {
            return pass.run("target_loss", last.x(), head, bias, targets, pass.labelSmoothing());
        }
    }

    @Override
    public List<int[]> translate(HiddenStates states, GenerationSettings settings, NDManager scope) {
        HiddenStates encoded = advance(states, Math.max(states.layer(), encoder.size()), Pass.inference(scope));
        int rows = states.batch().rows();
        Search search = Search.of(rows, vocabulary(), settings);
        NDArray memory = encoded.source().memory() == null
                ? encoded.x()
                : encoded.source().memory();
        new MarianDecoding(this, memory, encoded.source().mask(), scope).run(search, settings);
        return search.results();
    }

    // what decoding token by token needs of the model

    List<Layer> decoder() {
        return decoder;
    }

    int decoderHeads() {
        return decoderHeads;
    }

    String activation() {
        return activation;
    }

    /** The newest tokens, all at one position: {@code [rows, model]}. */
    NDArray embedNewest(long[] newest, int position, NDManager scope) {
        try (NDArray ids = scope.create(newest, new Shape(newest.length, 1));
                NDArray x = Kernels.run(
                        scope, false, "marian_embed", ids, tokens, targetPositions, position, padding, scale, 0.)) {
            NDArray rows = x.reshape(newest.length, -1);
            rows.attach(scope);
            return rows;
        }
    }

    /** Scores for the next token: {@code [rows, vocabulary]}. */
    NDArray nextScores(NDArray x, NDManager scope) {
        return Kernels.run(scope, false, "biased_logits", x, head, bias);
    }
}
