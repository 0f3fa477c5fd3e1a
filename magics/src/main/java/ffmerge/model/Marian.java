package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Branch;
import ffmerge.architecture.Settings;
import ffmerge.data.Batch;
import ffmerge.data.SentencePair;
import ffmerge.data.TranslationBatch;
import ffmerge.generate.GeneratedTexts;
import ffmerge.generate.GenerationReader;
import ffmerge.generate.GenerationSettings;
import ffmerge.generate.Search;
import ffmerge.torch.Inputs;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Marian, the architecture of OPUS-MT: encoder and decoder, sinusoidal positions, norms behind the residual sums, weights
 * stored [out, in]. Follows transformers' {@code MarianMTModel}.
 */
public final class Marian extends TransformerModel implements TranslationModel {
    private static final String ENCODER = "encoder";
    private static final String DECODER = "decoder";
    /** A target that doesn't count. */
    private static final long NO_TARGET = -100;
    /** Tokens of a usual sentence. */
    private static final int NOISE_LENGTH = 16;

    private final NDArray sourceTokens; // [vocabulary, model]
    private final NDArray targetTokens; // [vocabulary, model], mostly the same
    private final NDArray sourcePositions; // [positions, model]
    private final NDArray targetPositions; // [positions, model]
    private final Linear head; // [model] → [vocabulary]
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

    /**
     * What a layer has learned.
     *
     * @param self null where the layer lacks it
     * @param up null where the layer lacks its FF sublayer
     * @param source how a decoder layer looks at what the encoder made of the source; null in the encoder
     */
    record Layer(Attention self, Norm selfNorm, Attention source, Norm sourceNorm, Linear up, Linear down, Norm norm) {
        static Layer of(LayerWeights w) {
            boolean decodes = w.has("source-query");
            boolean attends = w.has(Branch.ATTENTION);
            boolean feedsForward = w.has(Branch.FEED_FORWARD);
            return new Layer(
                    attends ? Attention.of(w, "") : null,
                    attends ? w.norm("attention-norm") : Norm.NONE,
                    decodes ? Attention.of(w, "source-") : null,
                    decodes ? w.norm("source-attention-norm") : Norm.NONE,
                    feedsForward ? w.linear("up") : null,
                    feedsForward ? w.linear("down") : null,
                    feedsForward ? w.norm("feed-forward-norm") : Norm.NONE);
        }
    }

    Marian(Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin) {
        super(architecture, parameters, manager, origin);
        Settings settings = architecture.settings();
        encoderHeads = PreNormLayers.heads(settings, "heads");
        decoderHeads = PreNormLayers.heads(settings, "decoderHeads");
        activation = Activation.of(settings);
        dropout = settings.probability("dropout");
        attentionDropout = settings.probability("attentionDropout");
        activationDropout = settings.probability("activationDropout");
        scale = settings.flag("scaleEmbedding") ? Math.sqrt(settings.size("width")) : 1;

        Norm.Kind norms = Norm.Kind.of("layer", settings, manager);
        LayerWeights w = LayerWeights.outside(parameters, norms);
        NDArray tokens = w.array("tokens");
        sourceTokens = w.has("source-tokens") ? w.array("source-tokens") : tokens;
        targetTokens = w.has("target-tokens") ? w.array("target-tokens") : tokens;
        sourcePositions = w.array("source-positions");
        targetPositions = w.array("target-positions");
        head = w.head(tokens);
        encoder = layers(ENCODER, norms);
        decoder = layers(DECODER, norms);
        padding = settings.token("padding", vocabulary());
        start = settings.token("start", vocabulary());
    }

    private List<Layer> layers(String stack, Norm.Kind norms) {
        return IntStream.range(0, architecture().stack(stack).layers())
                .mapToObj(i -> Layer.of(new LayerWeights(parameters(), stack, i, norms)))
                .toList();
    }

    @Override
    public int positions() {
        return Math.toIntExact(sourcePositions.getShape().get(0));
    }

    @Override
    public int vocabulary() {
        return Math.toIntExact(targetTokens.getShape().get(0));
    }

    @Override
    public GenerationSettings generation() {
        Path folder = origin() == null ? null : origin().folder();
        return GenerationReader.ofTranslator(folder, architecture().config(), positions(), vocabulary());
    }

    @Override
    public HiddenStates embed(Batch batch, Pass pass) {
        TranslationBatch b = (TranslationBatch) batch;
        long[] sources = b.sources(padding);
        requireFits(b.sourceLength(), sources);
        requireFits(b.targetLength(), b.targets(padding));
        pass.seedDropout(0);
        NDArray mask = Inputs.of(b.sourceMask(), new Shape(b.rows(), 1, 1, b.sourceLength()), pass.scope());
        NDArray x = embed(sources, b.rows(), sourceTokens, sourcePositions, pass); // [batch, source time, model]
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

    private NDArray embed(long[] ids, int rows, NDArray tokens, NDArray positions, Pass pass) {
        try (NDArray array = Inputs.of(ids, new Shape(rows, ids.length / rows), pass.scope())) {
            return pass.run("placed_token_states", array, tokens, positions, 0, padding, scale, pass.dropout(dropout));
        }
    }

    @Override
    HiddenStates layer(HiddenStates from, Pass pass) {
        int layer = from.layer();
        if (layer < encoder.size()) {
            return from.next(encoderLayer(layer, from, pass));
        }
        return from.next(decoderLayer(layer - encoder.size(), from, pass));
    }

    @Override
    HiddenStates entering(HiddenStates states, Pass pass) {
        boolean begins = states.layer() >= encoder.size() && states.source().memory() == null;
        return begins ? startDecoder(states, pass) : states;
    }

    /**
     * The encoder's output becomes memory; the targets, shifted right by the start token, become the states. It is done when
     * the first decoder layer is run and not before: which encoder layer is the last is known to this model alone.
     */
    private HiddenStates startDecoder(HiddenStates encoded, Pass pass) {
        TranslationBatch batch = (TranslationBatch) encoded.batch();
        NDArray memory = encoded.x().reshape(encoded.x().getShape()); // a handle that outlives these states
        memory.attach(pass.scope());
        NDArray x =
                embed(shifted(batch), batch.rows(), targetTokens, targetPositions, pass); // [batch, target time, model]
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
        try (NDArray afterAttention =
                w.self() == null ? pass.same(from.x()) : afterEncoderAttention(w, layer, from, pass)) {
            return feedForward(w, ENCODER, layer, afterAttention, from, pass);
        }
    }

    private NDArray afterEncoderAttention(Layer w, int layer, HiddenStates from, Pass pass) {
        Object[] arguments = {
            from.x(), // [batch, source time, model]
            from.x(),
            from.source().mask(),
            w.self(),
            encoderHeads,
            pass.dropout(attentionDropout)
        };
        observe(Site.ATTENTION_INPUT, ENCODER, layer, from.x(), from, pass);
        observeHeads(Site.ATTENTION_HEADS, ENCODER, layer, from, pass, "masked_attention", arguments);
        try (NDArray attention = pass.run("masked_attention", arguments)) {
            observe(Site.ATTENTION, ENCODER, layer, attention, from, pass);
            return postNorm(from.x(), attention, w.selfNorm(), pass);
        }
    }

    private NDArray decoderLayer(int layer, HiddenStates from, Pass pass) {
        Layer w = decoder.get(layer);
        NDArray afterSelf = w.self() == null ? pass.same(from.x()) : afterDecoderAttention(w, layer, from, pass);
        NDArray afterSource;
        try (afterSelf) {
            afterSource = afterSourceAttention(w, layer, afterSelf, from, pass);
        }
        try (afterSource) {
            return feedForward(w, DECODER, layer, afterSource, from, pass);
        }
    }

    private NDArray afterSourceAttention(Layer w, int layer, NDArray x, HiddenStates from, Pass pass) {
        Object[] arguments = {
            x, // [batch, target time, model]
            from.source().memory(),
            from.source().mask(),
            w.source(),
            decoderHeads,
            pass.dropout(attentionDropout)
        };
        observe(Site.SOURCE_ATTENTION_INPUT, DECODER, layer, x, from, pass);
        observeHeads(Site.SOURCE_ATTENTION_HEADS, DECODER, layer, from, pass, "masked_attention", arguments);
        try (NDArray attention = pass.run("masked_attention", arguments)) {
            return postNorm(x, attention, w.sourceNorm(), pass);
        }
    }

    private NDArray afterDecoderAttention(Layer w, int layer, HiddenStates from, Pass pass) {
        Object[] arguments = {
            from.x(), // [batch, target time, model]; padding stands behind all that counts
            Norm.NONE,
            w.self(),
            true,
            decoderHeads,
            pass.dropout(attentionDropout)
        };
        observe(Site.ATTENTION_INPUT, DECODER, layer, from.x(), from, pass);
        observeHeads(Site.ATTENTION_HEADS, DECODER, layer, from, pass, "self_attention", arguments);
        try (NDArray attention = pass.run("self_attention", arguments)) {
            observe(Site.ATTENTION, DECODER, layer, attention, from, pass);
            return postNorm(from.x(), attention, w.selfNorm(), pass);
        }
    }

    private NDArray feedForward(Layer w, String stack, int layer, NDArray x, HiddenStates from, Pass pass) {
        if (w.up() == null) {
            return pass.same(x);
        }
        try (NDArray units = pass.run("linear", x, w.up()); // [batch, time, hidden]
                NDArray feedForward = pass.run("down", units, activation, w.down(), pass.dropout(activationDropout))) {
            observe(Site.FEED_FORWARD_INPUT, stack, layer, x, from, pass);
            observe(Site.FEED_FORWARD_UNITS, stack, layer, units, from, pass);
            observeActivated(stack, layer, units, from, pass);
            observe(Site.FEED_FORWARD, stack, layer, feedForward, from, pass);
            return postNorm(x, feedForward, w.norm(), pass);
        }
    }

    /** As {@link Pass#observeActivated}, of the rows that count. */
    private void observeActivated(String stack, int layer, NDArray units, HiddenStates from, Pass pass) {
        if (pass.observer().wants(Site.FEED_FORWARD_ACTIVATED, stack, layer)) {
            try (NDArray activated = pass.run("activation", units, activation)) {
                observe(Site.FEED_FORWARD_ACTIVATED, stack, layer, activated, from, pass);
            }
        }
    }

    /** As {@link Pass#observeHeads}, of the rows that count. */
    private void observeHeads(
            Site site, String stack, int layer, HiddenStates from, Pass pass, String method, Object... arguments) {
        if (pass.observer().wants(site, stack, layer)) {
            try (NDArray heads = pass.runHeads(method, arguments)) {
                observe(site, stack, layer, heads, from, pass);
            }
        }
    }

    private NDArray postNorm(NDArray x, NDArray sublayer, Norm norm, Pass pass) {
        return pass.run("post_norm", x, sublayer, norm, pass.dropout(dropout));
    }

    /** Shows the rows that hold a token, or all where the observer asks for padding too. */
    @Override
    void observe(Site site, String stack, int layer, NDArray values, HiddenStates states, Pass pass) {
        if (!pass.observer().wants(site, stack, layer)) {
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
        return pass.run("scores", last.x(), Norm.NONE, head);
    }

    @Override
    public NDArray loss(HiddenStates last, Pass pass) {
        TranslationBatch b = (TranslationBatch) last.batch();
        try (NDArray targets = Inputs.of(b.targets(NO_TARGET), new Shape(b.rows(), b.targetLength()), pass.scope())) {
            return pass.loss(
                    "target_loss", "taught_target_loss", last.x(), Norm.NONE, head, targets, pass.labelSmoothing());
        }
    }

    @Override
    public List<int[]> translate(HiddenStates states, GenerationSettings settings, NDManager scope) {
        HiddenStates encoded = advance(states, Math.max(states.layer(), encoder.size()), Pass.inference(scope));
        List<SentencePair> pairs = ((TranslationBatch) states.batch()).pairs();
        GeneratedTexts texts = new GeneratedTexts(
                pairs.stream().map(p -> new int[] {settings.start()}).toList(),
                pairs.stream().map(SentencePair::sourceIds).toList(),
                settings);
        Search search = Search.of(texts.limits(), vocabulary(), settings);
        NDArray memory = encoded.source().memory() == null
                ? encoded.x()
                : encoded.source().memory();
        new MarianDecoding(this, memory, encoded.source().mask(), scope).run(search, texts, settings);
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
    NDArray embedNewest(long[] newest, int position, Pass pass) {
        try (NDArray ids = pass.scope().create(newest, new Shape(newest.length, 1));
                NDArray x = pass.run(
                        "placed_token_states", ids, targetTokens, targetPositions, position, padding, scale, 0.)) {
            NDArray rows = x.reshape(newest.length, -1);
            rows.attach(pass.scope());
            return rows;
        }
    }

    /** Scores for the next token: {@code [rows, vocabulary]}. */
    NDArray nextScores(NDArray x, Pass pass) {
        return pass.run("scores", x, Norm.NONE, head);
    }
}
