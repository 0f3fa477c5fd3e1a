package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.Counted;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.LayerKind;
import ffmerge.architecture.LayerKinds;
import ffmerge.architecture.Settings;
import ffmerge.data.Batch;
import ffmerge.data.TokenBatch;
import ffmerge.generate.GeneratedTexts;
import ffmerge.generate.GenerationReader;
import ffmerge.generate.GenerationSettings;
import ffmerge.generate.Search;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Decoders: layers of causal attention and of an FF sublayer, which a family's table describes. Follows transformers'
 * {@code …ForCausalLM} of those families.
 *
 * <p>By its roles the table tells
 *
 * <ul>
 *   <li>where norms stand: {@code attention-norm} and {@code feed-forward-norm} before the sublayers, or one
 *       {@code shared-norm} before both; {@code attention-out-norm} and {@code feed-forward-out-norm} behind them;
 *       {@code attention-sum-norm} and {@code feed-forward-sum-norm} behind the residual sums; {@code query-norm} and
 *       {@code key-norm}, over all heads or each, as wide as they are; {@code norm} before the head;
 *   <li>whether units have gates: {@code gate}; where biases are; whether positions are learned: {@code positions};
 *   <li>whether embeddings have another width than states: {@code project-in} behind them, {@code project-out} before the
 *       head.
 * </ul>
 *
 * <p>Its settings, of which those without a value for absent must be there:
 *
 * <ul>
 *   <li>{@code heads}, which must divide {@code width} if that is there and {@code headWidth} isn't, and
 *       {@code keyValueHeads} (as many), {@code context} (learned positions' number), {@code activation};
 *   <li>{@code norm}: {@code layer}, {@code rms} or {@code rms-from-one}; {@code epsilon};
 *   <li>{@code norms}: {@code before}, where norms before the sublayers may have learned nothing, or {@code after}, where
 *       there are none before them; {@code finalNorm}: false where none stands before the head (true);
 *   <li>{@code parallelResidual}: whether both sublayers read what enters the layer (false);
 *   <li>{@code positionOffset}: how many rows of the learned positions come before the first's (0); those that turn are told
 *       by the settings of {@link Rotary};
 *   <li>which layers see a window of tokens: those of {@link LayerKinds} (none);
 *   <li>{@code scoreWidth}: by whose root attention's scores are divided (a head's width); {@code scoreCap}: what limits them
 *       softly (nothing);
 *   <li>{@code embeddingScale}: {@code root} where embeddings are multiplied by the root of their width;
 *   <li>{@code logitCap}: what limits the logits softly (nothing); {@code clip}: what queries, keys and values are cut at
 *       (nothing); {@code padding}: the token whose embedding has no gradient (none);
 *   <li>{@code embeddingDropout}, {@code attentionDropout}, {@code dropout} of both sublayers' outputs or, before that, their
 *       own {@code attentionOutDropout} and {@code feedForwardOutDropout} (0 each).
 * </ul>
 */
public final class Decoder extends TransformerModel implements LanguageModel, TextGenerator {
    private static final double EVERYTHING = 0; // where nothing is cut or limited

    private final NDArray tokens; // [vocabulary, model]
    private final NDArray positions; // [offset + context, model]; null where they aren't learned
    private final int positionOffset;
    private final Optional<Linear> projectIn; // [embedding] → [model]
    private final double embeddingScale;
    private final Norm norm;
    private final Linear head; // [model] → [vocabulary]
    private final List<DecoderLayer> layers;
    private final List<LayerKind> kinds; // by layer
    private final Map<LayerKind, Rotary> rotary;

    private final String stack;
    private final int heads;
    private final int keyValueHeads;
    private final int context;
    private final int padding;
    private final boolean parallel;
    private final double clip;
    private final double scale;
    private final double cap;
    private final String activation;
    private final double embeddingDropout;
    private final double attentionDropout;
    private final double attentionOutDropout;
    private final double feedForwardOutDropout;

    Decoder(Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin) {
        super(architecture, parameters, manager, origin);
        Settings settings = architecture.settings();
        heads = settings.knows("width") ? Attention.heads(settings, "heads") : settings.size("heads");
        keyValueHeads = settings.has("keyValueHeads") ? settings.size("keyValueHeads") : heads;
        if (heads % keyValueHeads != 0) {
            throw new UserError(settings.config().source() + ": " + Counted.of(heads, "heads")
                    + " can't share the keys and values of " + keyValueHeads);
        }
        parallel = settings.has("parallelResidual") && settings.flag("parallelResidual");
        activation = Activation.of(settings);
        padding = settings.has("padding") ? (int) settings.number("padding") : TokenRows.NO_PADDING;
        clip = limit("clip", settings);
        cap = limit("scoreCap", settings);
        embeddingDropout = settings.probability("embeddingDropout", 0);
        attentionDropout = settings.probability("attentionDropout", 0);
        double dropout = settings.probability("dropout", 0);
        attentionOutDropout = settings.probability("attentionOutDropout", dropout);
        feedForwardOutDropout = settings.probability("feedForwardOutDropout", dropout);

        Norm.Kind norms = Norm.Kind.of(settings.text("norm"), settings, manager);
        LayerWeights w = LayerWeights.outside(parameters, norms);
        tokens = w.array("tokens");
        positions = w.has("positions") ? w.array("positions") : null;
        positionOffset = settings.has("positionOffset") ? settings.wholeNumber("positionOffset") : 0;
        context = positions == null
                ? settings.size("context")
                : Math.toIntExact(positions.getShape().get(0)) - positionOffset;
        embeddingScale = settings.text("embeddingScale", "").equals("root")
                ? Math.sqrt(tokens.getShape().get(1))
                : 1;
        norm = settings.has("finalNorm") && !settings.flag("finalNorm") ? Norm.NONE : w.norm("norm");
        projectIn = w.has("project-in") ? Optional.of(w.linear("project-in")) : Optional.empty();
        head = head(w, limit("logitCap", settings), manager);

        stack = architecture.stacks().get(0).name();
        boolean before = settings.text("norms", "before").equals("before");
        layers = IntStream.range(0, layers())
                .mapToObj(i -> DecoderLayer.of(new LayerWeights(parameters, stack, i, norms), before))
                .toList();
        kinds = LayerKinds.of(settings, layers());
        int width = headWidth();
        scale = 1 / Math.sqrt(settings.has("scoreWidth") ? limit("scoreWidth", settings) : width);
        rotary = new HashMap<>();
        kinds.forEach(kind -> rotary.computeIfAbsent(kind, k -> Rotary.of(settings, k, width, manager)));
    }

    private Linear head(LayerWeights w, double cap, NDManager manager) {
        Linear plain = w.head(tokens);
        Linear behind = w.has("project-out") ? plain.behind(w.array("project-out")) : plain;
        return cap == EVERYTHING ? behind : behind.capped(cap, manager);
    }

    /** How wide an attention head is; 0 where no layer attends. */
    private int headWidth() {
        return layers.stream()
                .filter(layer -> layer.attention() != null)
                .mapToInt(layer -> layer.attention().isJoined()
                        ? layer.attention().query().outputs() / (heads + 2 * keyValueHeads)
                        : layer.attention().query().outputs() / heads)
                .findFirst()
                .orElse(0);
    }

    /** What something is limited to; 0 where it isn't. */
    private static double limit(String name, Settings settings) {
        if (!settings.has(name)) {
            return EVERYTHING;
        }
        double limit = settings.number(name);
        if (!(limit > 0)) {
            throw new UserError(
                    settings.config().source() + ": '" + settings.key(name) + "' should be positive, is " + limit);
        }
        return limit;
    }

    @Override
    public int context() {
        return context;
    }

    @Override
    public int longest() {
        return rotary.values().stream()
                .mapToInt(each -> each.longest(context))
                .max()
                .orElse(context);
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
        TokenRows.requireFit(b, longest(), vocabulary());
        pass.seedDropout(0);
        double dropout = pass.dropout(embeddingDropout);
        try (NDArray ids = TokenRows.ids(b, pass.scope())) {
            if (projectIn.isPresent()) {
                try (NDArray projected = projected(ids, pass)) {
                    return new HiddenStates(
                            batch, 0, pass.run("placed", projected, positions, positionOffset, dropout));
                }
            }
            NDArray x = positions == null
                    ? pass.run("token_states", ids, tokens, padding, embeddingScale, dropout)
                    : pass.run(
                            "placed_token_states",
                            ids,
                            tokens,
                            positions,
                            positionOffset,
                            padding,
                            embeddingScale,
                            dropout);
            return new HiddenStates(batch, 0, x);
        }
    }

    /** Embeddings of another width than the states: {@code […, model]}. */
    private NDArray projected(NDArray ids, Pass pass) {
        try (NDArray embedded = pass.run("token_states", ids, tokens, padding, embeddingScale, 0.)) {
            return pass.run("linear", embedded, projectIn.orElseThrow());
        }
    }

    @Override
    HiddenStates layer(HiddenStates from, Pass pass) {
        int layer = from.layer();
        NDArray x = from.x(); // [batch, time, model]
        DecoderLayer w = layers.get(layer);
        if (w.attention() == null) {
            return from.next(withoutAttention(w, layer, x, pass));
        }
        int length = Math.toIntExact(x.getShape().get(1));
        Object[] arguments = attentionArguments(layer, x, length, pass, pass.dropout(attentionDropout));
        pass.observeInput(Site.ATTENTION_INPUT, stack, layer, x, w.attentionNorm());
        pass.observeHeads(stack, layer, "causal_attention", arguments);
        try (NDArray attention = pass.run("causal_attention", arguments)) {
            return from.next(afterAttention(w, layer, x, attention, pass));
        }
    }

    /**
     * What the kernels of attention take, and more of each.
     *
     * @param length of the texts, which some positions depend on
     */
    private Object[] attentionArguments(int layer, NDArray x, int length, Pass pass, Object... more) {
        DecoderLayer w = layers.get(layer);
        LayerKind kind = kinds.get(layer);
        Object[] common = {
            x,
            w.attentionNorm(),
            w.attention(),
            w.queryNorm(),
            w.keyNorm(),
            rotary.get(kind).at(length, pass.scope()),
            clip,
            heads,
            keyValueHeads,
            kind.window(),
            scale,
            cap
        };
        return Stream.concat(Arrays.stream(common), Arrays.stream(more)).toArray();
    }

    /** The rest of a layer, for states {@code […, model]} and what attention made of them. */
    private NDArray afterAttention(DecoderLayer w, int layer, NDArray x, NDArray attention, Pass pass) {
        pass.observe(Site.ATTENTION, stack, layer, attention);
        if (parallel && w.up() != null) {
            try (NDArray feedForward = feedForward(w, layer, x, pass)) {
                return pass.run(
                        "parallel_residual",
                        x,
                        attention,
                        feedForward,
                        pass.dropout(attentionOutDropout),
                        pass.dropout(feedForwardOutDropout));
            }
        }
        double dropout = pass.dropout(attentionOutDropout);
        try (NDArray sum = sum(x, attention, w.attentionOutNorm(), w.attentionSumNorm(), dropout, pass)) {
            return withoutAttention(w, layer, sum, pass);
        }
    }

    /** What the FF sublayer makes of states, which stay as they are. */
    private NDArray withoutAttention(DecoderLayer w, int layer, NDArray x, Pass pass) {
        if (w.up() == null) {
            return pass.same(x);
        }
        try (NDArray feedForward = feedForward(w, layer, x, pass)) {
            double dropout = pass.dropout(feedForwardOutDropout);
            return sum(x, feedForward, w.feedForwardOutNorm(), w.feedForwardSumNorm(), dropout, pass);
        }
    }

    /** The FF sublayer's output before what stands behind it. */
    private NDArray feedForward(DecoderLayer w, int layer, NDArray x, Pass pass) {
        return new FeedForwardMaps(w.feedForwardNorm(), w.up(), w.gate(), w.down(), activation)
                .run(x, stack, layer, pass);
    }

    private static NDArray sum(NDArray x, NDArray sublayer, Norm behind, Norm ofSum, double dropout, Pass pass) {
        if (ofSum != Norm.NONE) {
            return pass.run("post_norm", x, sublayer, ofSum, dropout);
        }
        return behind == Norm.NONE
                ? pass.run("residual", x, sublayer, dropout)
                : pass.run("normed_residual", x, sublayer, behind, dropout);
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
            if (prompt.length + fresh > longest()) {
                throw new UserError("a prompt of " + Counted.of(prompt.length, "tokens") + " and " + fresh
                        + " new ones exceed the model's context of " + longest());
            }
        }
        boolean steady = prompts.stream().allMatch(p -> p.length + settings.newTokens(p.length) <= steady());
        return steady ? together(prompts, settings, scope) : byLength(prompts, settings, scope);
    }

    /** How long a text may be before its positions are others than those of shorter ones. */
    private int steady() {
        return rotary.values().stream().mapToInt(Rotary::steady).min().orElse(Integer.MAX_VALUE);
    }

    /**
     * How long texts are when keys that are kept are turned anew, as the family's positions are others from then on; other
     * families' keys stay as they were.
     */
    int turnsAnew() {
        Settings settings = architecture().settings();
        boolean anew = settings.has("ropeAnew") && settings.flag("ropeAnew") && steady() < Integer.MAX_VALUE;
        return anew ? steady() + 1 : Integer.MAX_VALUE;
    }

    /** What depends on the texts' length: together go those that are equally long, so that each is as it is alone. */
    private List<int[]> byLength(List<int[]> prompts, GenerationSettings settings, NDManager scope) {
        int[][] texts = new int[prompts.size()][];
        Map<Integer, List<Integer>> rows =
                IntStream.range(0, texts.length).boxed().collect(Collectors.groupingBy(row -> prompts.get(row).length));
        for (List<Integer> some : rows.values()) {
            List<int[]> generated = together(some.stream().map(prompts::get).toList(), settings, scope);
            for (int i = 0; i < some.size(); i++) {
                texts[some.get(i)] = generated.get(i);
            }
        }
        return List.of(texts);
    }

    private List<int[]> together(List<int[]> prompts, GenerationSettings settings, NDManager scope) {
        GeneratedTexts texts = new GeneratedTexts(prompts, prompts, settings);
        Search search = Search.of(texts.limits(), vocabulary(), settings);
        new Decoding(this, prompts, scope).run(search, texts, settings);
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
     * @param length of the longest row with them
     */
    record Cache(NDArray past, NDArray order, NDArray prompt, NDArray mask, NDArray positions, int length) {}

    /**
     * A layer done for some tokens.
     *
     * @param x the states after it
     * @param past keys and values with these tokens; null where the layer lacks attention
     */
    record Step(NDArray x, NDArray past) {}

    /**
     * The newest tokens: {@code [rows, model]}.
     *
     * @param places where they stand in their rows
     */
    NDArray embedNewest(long[] newest, NDArray places, Pass pass) {
        try (NDArray ids = pass.scope().create(newest)) {
            if (positions == null) {
                return pass.run("token_states", ids, tokens, padding, embeddingScale, 0.);
            }
            try (NDArray rows = places.add(positionOffset)) {
                if (projectIn.isPresent()) {
                    try (NDArray projected = projected(ids, pass)) {
                        return pass.run("newest_placed", projected, positions, rows);
                    }
                }
                return pass.run("newest_token_states", ids, tokens, positions, rows, padding, embeddingScale);
            }
        }
    }

    /**
     * States of prompts {@code [sentences, time, model]} one layer on; keys and values of all their tokens,
     * {@code [2, sentences, key heads, time, width]}, null where the layer lacks attention.
     */
    Step keeping(int layer, NDArray x, Pass pass) {
        DecoderLayer w = layers.get(layer);
        if (w.attention() == null) {
            return new Step(withoutAttention(w, layer, x, pass), null);
        }
        List<NDArray> attended = pass.runAll(
                "causal_attention_kept",
                attentionArguments(layer, x, Math.toIntExact(x.getShape().get(1)), pass, 0.));
        try (NDArray attention = attended.get(0)) {
            return new Step(afterAttention(w, layer, x, attention, pass), attended.get(1));
        }
    }

    /** The newest tokens' states {@code [rows, model]} one layer on. */
    Step step(int layer, NDArray x, Cache cache, Pass pass) {
        DecoderLayer w = layers.get(layer);
        if (w.attention() == null) {
            return new Step(withoutAttention(w, layer, x, pass), null);
        }
        List<NDArray> attended = pass.runAll(
                "causal_attention_step",
                attentionArguments(
                        layer,
                        x,
                        cache.length,
                        pass,
                        cache.past,
                        cache.order,
                        cache.prompt,
                        cache.mask,
                        cache.positions));
        try (NDArray attention = attended.get(0)) {
            return new Step(afterAttention(w, layer, x, attention, pass), attended.get(1));
        }
    }

    /** Scores for the token after each of these states {@code […, model]}: {@code […, vocabulary]}. */
    NDArray nextScores(NDArray x, Pass pass) {
        return pass.run("scores", x, norm, head);
    }
}
