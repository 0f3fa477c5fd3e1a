package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
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
 * Encoder–decoders: Marian, BART and mBART, M2M100, T5. A family's table says where norms stand and of which kind, how tokens
 * are placed, whether FFs have gates, what the decoder starts with. Weights are [out, in]. Follows transformers'
 * {@code MarianMTModel}, {@code BartForConditionalGeneration} and so on.
 */
public final class EncoderDecoder extends TransformerModel implements TranslationModel {
    private static final String ENCODER = "encoder";
    private static final String DECODER = "decoder";
    /** A target that doesn't count. */
    private static final long NO_TARGET = -100;
    /** Tokens of a usual sentence. */
    private static final int NOISE_LENGTH = 16;
    /** Weights of a head up to which decoding takes a turned copy of it: 64 MB of float32. */
    private static final long TURNED_HEAD = 1 << 24;

    private final StackEmbedding sources;
    private final StackEmbedding targets;
    private final List<EncoderDecoderLayer> encoder;
    private final List<EncoderDecoderLayer> decoder;
    private final StackEnd encoderEnd;
    private final StackEnd decoderEnd;
    private final Linear head; // [model] → [vocabulary]

    private final EncoderDecoderAttention encoderAttention;
    private final EncoderDecoderAttention decoderAttention;
    private final String activation;
    private final int padding;
    private final TargetStart start;
    private final int usualLength;
    private final double dropout;
    private final double activationDropout;

    EncoderDecoder(Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin) {
        super(architecture, parameters, manager, origin);
        Settings settings = architecture.settings();
        activation = Activation.of(settings);
        dropout = settings.probability("dropout");
        activationDropout = settings.probability("activationDropout");
        usualLength = settings.size("usualLength");

        Norm.Kind norms = Norm.Kind.of(settings.text("norm"), settings, manager);
        LayerWeights w = LayerWeights.outside(parameters, norms);
        NDArray tokens = w.array("tokens");
        int vocabulary = Math.toIntExact(tokens.getShape().get(0));
        padding = settings.token("padding", vocabulary);
        start = TargetStart.of(settings, padding, vocabulary);
        sources = StackEmbedding.of(w, "source-", padding, settings, manager);
        targets = StackEmbedding.of(w, "target-", padding, settings, manager);
        encoderAttention = EncoderDecoderAttention.of("heads", "source-", false, w, settings, manager);
        decoderAttention = EncoderDecoderAttention.of("decoderHeads", "target-", true, w, settings, manager);
        encoder = layers(ENCODER, norms);
        decoder = layers(DECODER, norms);
        boolean scaled = settings.has("scaledHead") && settings.flag("scaledHead");
        double endDropout = settings.has("endDropout") ? settings.probability("endDropout") : 0;
        encoderEnd = new StackEnd(w.normIfAny("source-norm"), endDropout, 1);
        decoderEnd = new StackEnd(
                w.normIfAny("target-norm"), endDropout, scaled ? 1 / Math.sqrt(settings.size("width")) : 1);
        head = w.head(tokens);
    }

    /**
     * What is done to what a stack's last layer gives.
     *
     * @param scale what it is multiplied with
     */
    private record StackEnd(Norm norm, double dropout, double scale) {
        NDArray of(NDArray x, Pass pass) {
            return norm == Norm.NONE && scale == 1
                    ? pass.same(x)
                    : pass.run("stack_end", x, norm, pass.dropout(dropout), scale);
        }
    }

    private List<EncoderDecoderLayer> layers(String stack, Norm.Kind norms) {
        boolean before = switch (architecture().settings().text("norms")) {
            case "before" -> true;
            case "behind" -> false;
            default -> throw new IllegalStateException("norms stand before or behind their sublayers");
        };
        return IntStream.range(0, architecture().stack(stack).layers())
                .mapToObj(i -> EncoderDecoderLayer.of(new LayerWeights(parameters(), stack, i, norms), before))
                .toList();
    }

    @Override
    public int positions() {
        return Math.min(sources.longest(), targets.longest());
    }

    @Override
    public int usualLength() {
        return usualLength;
    }

    @Override
    public int vocabulary() {
        return targets.vocabulary();
    }

    @Override
    public GenerationSettings generation() {
        Path folder = origin() == null ? null : origin().folder();
        Settings settings = architecture().settings();
        int usual = settings.has("generatedLength")
                ? settings.size("generatedLength")
                : Math.min(GenerationReader.USUAL_LENGTH, usualLength);
        return GenerationReader.ofTranslator(folder, architecture().config(), positions(), usual, vocabulary());
    }

    @Override
    public HiddenStates embed(Batch batch, Pass pass) {
        TranslationBatch b = (TranslationBatch) batch;
        long[] ids = b.sources(padding);
        requireFits(b.sourceLength(), ids);
        requireFits(b.targetLength(), b.targets(padding));
        pass.seedDropout(0);
        NDArray mask = Inputs.of(b.sourceMask(), new Shape(b.rows(), 1, 1, b.sourceLength()), pass.scope());
        NDArray x = sources.states(ids, b.rows(), pass); // [batch, source time, model]
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
     * The encoder's output becomes memory; the targets, shifted right, become the states. It is done when the first decoder
     * layer is run and not before: which encoder layer is the last is known to this model alone.
     */
    private HiddenStates startDecoder(HiddenStates encoded, Pass pass) {
        TranslationBatch batch = (TranslationBatch) encoded.batch();
        NDArray memory = encoderEnd.of(encoded.x(), pass); // outlives these states
        NDArray x = targets.states(start.shifted(batch), batch.rows(), pass); // [batch, target time, model]
        return new HiddenStates(
                batch,
                encoded.layer(),
                x,
                new HiddenStates.Source(encoded.source().mask(), memory));
    }

    private NDArray encoderLayer(int layer, HiddenStates from, Pass pass) {
        EncoderDecoderLayer w = encoder.get(layer);
        try (NDArray afterAttention =
                w.self() == null ? pass.same(from.x()) : afterEncoderAttention(w, layer, from, pass)) {
            return feedForward(w, ENCODER, layer, afterAttention, from, pass);
        }
    }

    private NDArray afterEncoderAttention(EncoderDecoderLayer w, int layer, HiddenStates from, Pass pass) {
        EncoderDecoderAttention a = encoderAttention;
        Object[] arguments = {
            from.x(), // [batch, source time, model]
            w.selfNorms().in(),
            from.source().mask(),
            w.self(),
            a.bias(),
            a.heads(),
            a.scale(w.self()),
            pass.dropout(a.dropout())
        };
        observeInput(Site.ATTENTION_INPUT, ENCODER, layer, from.x(), w.selfNorms(), from, pass);
        observeHeads(Site.ATTENTION_HEADS, ENCODER, layer, from, pass, "encoder_attention", arguments);
        try (NDArray attention = pass.run("encoder_attention", arguments)) {
            observe(Site.ATTENTION, ENCODER, layer, attention, from, pass);
            return sum(from.x(), attention, w.selfNorms(), pass);
        }
    }

    private NDArray decoderLayer(int layer, HiddenStates from, Pass pass) {
        EncoderDecoderLayer w = decoder.get(layer);
        NDArray afterSelf = w.self() == null ? pass.same(from.x()) : afterDecoderAttention(w, layer, from, pass);
        NDArray afterSource;
        try (afterSelf) {
            afterSource = afterSourceAttention(w, layer, afterSelf, from, pass);
        }
        try (afterSource) {
            return feedForward(w, DECODER, layer, afterSource, from, pass);
        }
    }

    private NDArray afterDecoderAttention(EncoderDecoderLayer w, int layer, HiddenStates from, Pass pass) {
        EncoderDecoderAttention a = decoderAttention;
        Object[] arguments = {
            from.x(), // [batch, target time, model]; padding stands behind all that counts
            w.selfNorms().in(),
            w.self(),
            a.bias(),
            a.heads(),
            a.scale(w.self()),
            pass.dropout(a.dropout())
        };
        observeInput(Site.ATTENTION_INPUT, DECODER, layer, from.x(), w.selfNorms(), from, pass);
        observeHeads(Site.ATTENTION_HEADS, DECODER, layer, from, pass, "decoder_attention", arguments);
        try (NDArray attention = pass.run("decoder_attention", arguments)) {
            observe(Site.ATTENTION, DECODER, layer, attention, from, pass);
            return sum(from.x(), attention, w.selfNorms(), pass);
        }
    }

    private NDArray afterSourceAttention(EncoderDecoderLayer w, int layer, NDArray x, HiddenStates from, Pass pass) {
        EncoderDecoderAttention a = decoderAttention;
        Object[] arguments = {
            x, // [batch, target time, model]
            w.sourceNorms().in(),
            from.source().memory(),
            from.source().mask(),
            w.source(),
            a.heads(),
            a.scale(w.source()),
            pass.dropout(a.dropout())
        };
        observeInput(Site.SOURCE_ATTENTION_INPUT, DECODER, layer, x, w.sourceNorms(), from, pass);
        observeHeads(Site.SOURCE_ATTENTION_HEADS, DECODER, layer, from, pass, "source_attention", arguments);
        try (NDArray attention = pass.run("source_attention", arguments)) {
            return sum(x, attention, w.sourceNorms(), pass);
        }
    }

    private NDArray feedForward(
            EncoderDecoderLayer w, String stack, int layer, NDArray x, HiddenStates from, Pass pass) {
        if (w.up() == null) {
            return pass.same(x);
        }
        observeInput(Site.FEED_FORWARD_INPUT, stack, layer, x, w.norms(), from, pass);
        try (NDArray feedForward = w.isGated()
                ? gatedFeedForward(w, stack, layer, x, from, pass)
                : plainFeedForward(w, stack, layer, x, from, pass)) {
            observe(Site.FEED_FORWARD, stack, layer, feedForward, from, pass);
            return sum(x, feedForward, w.norms(), pass);
        }
    }

    private NDArray plainFeedForward(
            EncoderDecoderLayer w, String stack, int layer, NDArray x, HiddenStates from, Pass pass) {
        double dropout = pass.dropout(activationDropout);
        if (!pass.observesUnits(stack, layer)) {
            return pass.run("feed_forward", x, w.norms().in(), w.up(), activation, w.down(), dropout);
        }
        try (NDArray units = pass.run("units", x, w.norms().in(), w.up())) { // [batch, time, hidden]
            observe(Site.FEED_FORWARD_UNITS, stack, layer, units, from, pass);
            observeActivated(stack, layer, units, from, pass);
            return pass.run("down", units, activation, w.down(), dropout);
        }
    }

    private NDArray gatedFeedForward(
            EncoderDecoderLayer w, String stack, int layer, NDArray x, HiddenStates from, Pass pass) {
        List<NDArray> units = pass.runAll("gated_units", x, w.norms().in(), w.up(), w.gate());
        try (NDArray up = units.get(0); // [batch, time, hidden]
                NDArray gate = units.get(1);
                NDArray product = pass.run("gated_product", up, gate, activation)) {
            observe(Site.FEED_FORWARD_UNITS, stack, layer, up, from, pass);
            observe(Site.FEED_FORWARD_GATE, stack, layer, gate, from, pass);
            observe(Site.FEED_FORWARD_PRODUCT, stack, layer, product, from, pass);
            return pass.run("dropped_linear", product, w.down(), pass.dropout(activationDropout));
        }
    }

    private NDArray sum(NDArray x, NDArray sublayer, EncoderDecoderLayer.Norms norms, Pass pass) {
        return pass.run("post_norm", x, sublayer, norms.out(), pass.dropout(dropout));
    }

    /** As {@link Pass#observeInput}, of the rows that count. */
    private void observeInput(
            Site site,
            String stack,
            int layer,
            NDArray x,
            EncoderDecoderLayer.Norms norms,
            HiddenStates from,
            Pass pass) {
        if (pass.observer().wants(site, stack, layer)) {
            try (NDArray normed = pass.run("norm", x, norms.in())) {
                observe(site, stack, layer, normed, from, pass);
            }
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
        return nextScores(last.x(), head, pass);
    }

    @Override
    public NDArray loss(HiddenStates last, Pass pass) {
        TranslationBatch b = (TranslationBatch) last.batch();
        try (NDArray wanted = Inputs.of(b.targets(NO_TARGET), new Shape(b.rows(), b.targetLength()), pass.scope());
                NDArray x = decoderEnd.of(last.x(), pass)) {
            return pass.loss("target_loss", "taught_target_loss", x, Norm.NONE, head, wanted, pass.labelSmoothing());
        }
    }

    @Override
    public List<int[]> translate(HiddenStates states, GenerationSettings settings, NDManager scope) {
        Pass pass = Pass.inference(scope);
        HiddenStates encoded = advance(states, Math.max(states.layer(), encoder.size()), pass);
        List<SentencePair> pairs = ((TranslationBatch) states.batch()).pairs();
        GeneratedTexts texts = new GeneratedTexts(
                pairs.stream().map(p -> new int[] {settings.start()}).toList(),
                pairs.stream().map(SentencePair::sourceIds).toList(),
                settings);
        Search search = Search.of(texts.limits(), vocabulary(), settings);
        NDArray memory = encoded.source().memory() == null
                ? encoderEnd.of(encoded.x(), pass)
                : encoded.source().memory();
        new EncoderDecoderDecoding(this, memory, encoded.source().mask(), scope).run(search, texts, settings);
        return search.results();
    }

    // what decoding token by token needs of the model

    List<EncoderDecoderLayer> decoder() {
        return decoder;
    }

    EncoderDecoderAttention decoderAttention() {
        return decoderAttention;
    }

    String activation() {
        return activation;
    }

    StackEmbedding targets() {
        return targets;
    }

    /**
     * Scores for the token after each of these states {@code […, model]}: {@code […, vocabulary]}.
     *
     * @param head the model's, in whatever form
     */
    NDArray nextScores(NDArray last, Linear head, Pass pass) {
        try (NDArray x = decoderEnd.of(last, pass)) {
            return pass.run("scores", x, Norm.NONE, head);
        }
    }

    /** The head as decoding uses it: a copy, held as few rows are multiplied fastest, unless it is large. */
    Linear decodingHead(NDManager scope) {
        return (long) vocabulary() * architecture().modelWidth() > TURNED_HEAD ? head : head.turned(scope);
    }
}
