package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Settings;
import ffmerge.data.Batch;
import ffmerge.data.TokenBatch;

/**
 * GPT-2: learned positions, pre-norm, weights of its linear maps stored [in, out]. Follows transformers'
 * {@code GPT2LMHeadModel}.
 */
public final class Gpt2 extends TransformerModel implements LanguageModel {
    private final NDArray tokens; // [vocabulary, model]
    private final NDArray positions; // [context, model]
    private final PreNormLayers layers;
    private final Norm norm;
    private final Linear head; // [model] → [vocabulary]
    private final double embeddingDropout;

    Gpt2(Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin) {
        super(architecture, parameters, manager, origin);
        Settings settings = architecture.settings();
        Norm.Kind norms = Norm.Kind.of("layer", settings, manager);
        LayerWeights w = LayerWeights.outside(parameters, norms);
        embeddingDropout = settings.probability("embeddingDropout");
        layers = new PreNormLayers(architecture.stacks().get(0), true, settings, norms, parameters);
        tokens = w.array("tokens");
        positions = w.array("positions");
        norm = w.norm("norm");
        head = w.head(tokens);
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
                    batch,
                    0,
                    pass.run(
                            "placed_token_states",
                            ids,
                            tokens,
                            positions,
                            0,
                            TokenRows.NO_PADDING,
                            1.,
                            pass.dropout(embeddingDropout)));
        }
    }

    @Override
    HiddenStates layer(HiddenStates from, Pass pass) {
        return layers.run(from, pass);
    }

    @Override
    public NDArray logits(HiddenStates last, Pass pass) {
        return pass.run("scores", last.x(), norm, head);
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
}
