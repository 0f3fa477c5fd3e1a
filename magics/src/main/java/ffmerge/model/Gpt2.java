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
 * GPT-2: learned positions, pre-norm, weights of its linear maps stored [in, out]. Follows transformers'
 * {@code GPT2LMHeadModel}.
 */
public final class Gpt2 extends TransformerModel implements LanguageModel {
    private static final String STACK = "decoder";

    private final NDArray tokens; // [vocabulary, model]
    private final NDArray positions; // [context, model]
    private final NDArray normWeight; // [model]
    private final NDArray normBias; // [model]
    private final NDArray head; // [vocabulary, model]
    private final List<Layer> layers;

    private final int heads;
    private final double epsilon;
    private final String activation;
    private final double embeddingDropout;
    private final double attentionDropout;
    private final double residualDropout;

    /** The weights of a layer; shapes in gpt2.json. */
    private record Layer(
            NDArray attentionNormWeight,
            NDArray attentionNormBias,
            NDArray queryKeyValueWeight,
            NDArray queryKeyValueBias,
            NDArray attentionOutWeight,
            NDArray attentionOutBias,
            NDArray feedForwardNormWeight,
            NDArray feedForwardNormBias,
            NDArray upWeight,
            NDArray upBias,
            NDArray downWeight,
            NDArray downBias) {
        static Layer of(Parameters p, String prefix) {
            return new Layer(
                    p.get(prefix + "ln_1.weight"),
                    p.get(prefix + "ln_1.bias"),
                    p.get(prefix + "attn.c_attn.weight"),
                    p.get(prefix + "attn.c_attn.bias"),
                    p.get(prefix + "attn.c_proj.weight"),
                    p.get(prefix + "attn.c_proj.bias"),
                    p.get(prefix + "ln_2.weight"),
                    p.get(prefix + "ln_2.bias"),
                    p.get(prefix + "mlp.c_fc.weight"),
                    p.get(prefix + "mlp.c_fc.bias"),
                    p.get(prefix + "mlp.c_proj.weight"),
                    p.get(prefix + "mlp.c_proj.bias"));
        }
    }

    Gpt2(Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin) {
        super(architecture, parameters, manager, origin);
        ModelConfig config = architecture.config();
        heads = config.size("n_head");
        epsilon = config.number("layer_norm_epsilon", 1e-5, 0, 1);
        activation = Activation.of(config, "activation_function", "gelu_new");
        embeddingDropout = Pass.probability(config.number("embd_pdrop", 0.1), "embd_pdrop");
        attentionDropout = Pass.probability(config.number("attn_pdrop", 0.1), "attn_pdrop");
        residualDropout = Pass.probability(config.number("resid_pdrop", 0.1), "resid_pdrop");
        requireSupported(config);

        tokens = parameters.get("transformer.wte.weight");
        positions = parameters.get("transformer.wpe.weight");
        normWeight = parameters.get("transformer.ln_f.weight");
        normBias = parameters.get("transformer.ln_f.bias");
        head = config.flag("tie_word_embeddings", true) ? tokens : parameters.get("lm_head.weight");
        layers = IntStream.range(0, layers())
                .mapToObj(i -> Layer.of(parameters, "transformer.h." + i + "."))
                .toList();
    }

    private void requireSupported(ModelConfig config) {
        if (config.size("n_embd") % heads != 0) {
            throw new UserError(config.source() + ": n_embd " + config.size("n_embd") + " does not divide into " + heads
                    + " heads");
        }
        if (!config.flag("scale_attn_weights", true) || config.flag("scale_attn_by_inverse_layer_idx", false)) {
            throw new UserError(config.source() + ": attention that is unscaled or scaled by layer is not supported");
        }
    }

    @Override
    public int context() {
        return Math.toIntExact(positions.getShape().get(0));
    }

    @Override
    public int vocabulary() {
        return Math.toIntExact(tokens.getShape().get(0));
    }

    @Override
    public Batch noise(int tokens, long seed) {
        return TokenRows.noise(tokens, context(), vocabulary(), seed);
    }

    @Override
    public HiddenStates embed(Batch batch, Pass pass) {
        TokenBatch b = TokenRows.of(batch);
        TokenRows.requireFit(b, context(), vocabulary());
        pass.seedDropout(0);
        try (NDArray ids = TokenRows.ids(b, pass.scope())) {
            return new HiddenStates(
                    batch, 0, pass.run("gpt2_embed", ids, tokens, positions, pass.dropout(embeddingDropout)));
        }
    }

    @Override
    HiddenStates layer(HiddenStates from, Pass pass) {
        int layer = from.layer();
        Layer w = layers.get(layer);
        NDArray afterAttention;
        try (NDArray attention = pass.run(
                "gpt2_attention",
                from.x(), // [batch, time, model]
                w.attentionNormWeight,
                w.attentionNormBias,
                epsilon,
                w.queryKeyValueWeight,
                w.queryKeyValueBias,
                w.attentionOutWeight,
                w.attentionOutBias,
                heads,
                pass.dropout(attentionDropout))) {
            pass.observe(Site.ATTENTION, STACK, layer, attention);
            afterAttention = pass.run("residual", from.x(), attention, pass.dropout(residualDropout));
        }
        try (afterAttention;
                NDArray units = pass.run( // [batch, time, hidden]
                        "gpt2_up",
                        afterAttention,
                        w.feedForwardNormWeight,
                        w.feedForwardNormBias,
                        epsilon,
                        w.upWeight,
                        w.upBias);
                NDArray feedForward = pass.run("gpt2_down", units, activation, w.downWeight, w.downBias)) {
            pass.observe(Site.FEED_FORWARD_UNITS, STACK, layer, units);
            pass.observe(Site.FEED_FORWARD, STACK, layer, feedForward);
            return from.next(pass.run("residual", afterAttention, feedForward, pass.dropout(residualDropout)));
        }
    }

    @Override
    public NDArray logits(HiddenStates last, Pass pass) {
        return pass.run("logits", last.x(), normWeight, normBias, epsilon, head);
    }

    @Override
    public NDArray tokenLosses(HiddenStates last, Pass pass) {
        TokenBatch batch = (TokenBatch) last.batch();
        try (NDArray ids = TokenRows.ids(batch, pass.scope())) {
            return pass.run(
                    "token_losses",
                    last.x(),
                    normWeight,
                    normBias,
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
                    "mean_token_loss", last.x(), normWeight, normBias, epsilon, head, targets, pass.labelSmoothing());
        }
    }
}
