package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Settings;
import ffmerge.data.Batch;
import ffmerge.data.MaskedBatch;
import ffmerge.data.SentenceBatch;
import ffmerge.data.TokenBatch;
import ffmerge.torch.Inputs;
import java.util.Map;

/**
 * BERT and its kin without a head: tokens of one text that all see each other, learned positions, a norm behind their sum.
 * Follows transformers' {@code BertModel}, {@code RobertaModel} and {@code DistilBertModel}. What is made of the last states
 * is a head's, a class each.
 */
class TextEncoder extends TransformerModel implements TextReader {
    /** What it has learned outside of its layers. */
    final LayerWeights outside;

    private final NDArray tokens; // [vocabulary, model]
    private final NDArray positions; // [positions, model]
    private final Map<String, NDArray> types; // if there are some: [types, model], of which a text has the first
    private final Norm embeddingNorm;
    private final EncoderLayers layers;
    private final int padding;
    private final boolean positionsBehindPadding;
    private final double dropout;

    TextEncoder(Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin) {
        super(architecture, parameters, manager, origin);
        Settings settings = architecture.settings();
        Norm.Kind norms = Norm.Kind.of("layer", settings, manager);
        LayerWeights w = LayerWeights.outside(parameters, norms);
        outside = w;
        tokens = w.array("tokens");
        positions = w.array("positions");
        types = w.has("types") ? Map.of("types", w.array("types")) : Map.of();
        embeddingNorm = w.norm("embedding-norm");
        layers = new EncoderLayers(architecture.stacks().get(0), settings, norms, parameters);
        padding = (int) settings.number("padding", 0, vocabulary() - 1.);
        positionsBehindPadding = settings.flag("positionsBehindPadding");
        dropout = settings.probability("dropout");
        if (context() < 1) {
            throw new UserError(settings.config().source() + ": all "
                    + positions.getShape().get(0)
                    + " positions stand before those of a text, which begin behind the padding token's " + padding);
        }
    }

    /** What makes scores of the vocabulary: a map of its own, or the embedding's once more. */
    Linear vocabularyHead() {
        return outside.head(tokens);
    }

    @Override
    public int context() {
        int all = Math.toIntExact(positions.getShape().get(0));
        return positionsBehindPadding ? all - padding - 1 : all;
    }

    @Override
    public int vocabulary() {
        return Math.toIntExact(tokens.getShape().get(0));
    }

    @Override
    public Batch noise(int noiseTokens, long seed) {
        return TokenRows.noise(noiseTokens, context(), vocabulary(), seed);
    }

    @Override
    public HiddenStates embed(Batch batch, Pass pass) {
        TokenBatch rows = rows(batch);
        TokenRows.requireFit(rows, context(), vocabulary());
        pass.seedDropout(0);
        try (NDArray ids = TokenRows.ids(rows, pass.scope())) {
            NDArray x = pass.run(
                    positionsBehindPadding ? "token_states_behind_padding" : "encoded_token_states",
                    ids,
                    tokens,
                    positions,
                    types,
                    padding,
                    embeddingNorm,
                    pass.dropout(dropout));
            return new HiddenStates(batch, 0, x, mask(batch, pass));
        }
    }

    private TokenBatch rows(Batch batch) {
        if (batch instanceof MaskedBatch masked) {
            return new TokenBatch(masked.ids(), masked.rows(), masked.length(), 1);
        }
        if (batch instanceof SentenceBatch sentences) {
            return new TokenBatch(sentences.ids(padding), sentences.rows(), sentences.length(), 1);
        }
        return (TokenBatch) batch;
    }

    /** Of sentences; rows of a text have no padding. */
    private static HiddenStates.Source mask(Batch batch, Pass pass) {
        if (!(batch instanceof SentenceBatch sentences)
                || sentences.tokens() == sentences.rows() * sentences.length()) {
            return null;
        }
        Shape shape = new Shape(sentences.rows(), 1, 1, sentences.length());
        return new HiddenStates.Source(Inputs.of(sentences.mask(), shape, pass.scope()), null);
    }

    @Override
    HiddenStates layer(HiddenStates from, Pass pass) {
        return layers.run(from, shown(from, pass));
    }

    @Override
    void observe(Site site, String stack, int layer, NDArray values, HiddenStates states, Pass pass) {
        shown(states, pass).observe(site, stack, layer, values);
    }

    /** The pass as who watches is to see it: without padding, unless that is asked for. */
    private static Pass shown(HiddenStates states, Pass pass) {
        boolean whole = states.source() == null
                || pass.observer() == SublayerObserver.NOBODY
                || pass.observer().seesPadding();
        return whole ? pass : pass.watchedBy(new RowsObserver(((SentenceBatch) states.batch()).places(), pass));
    }

    /** Without a head, the states themselves. */
    @Override
    public NDArray head(HiddenStates last, Pass pass) {
        return pass.same(last.x());
    }

    @Override
    public NDArray loss(HiddenStates last, Pass pass) {
        throw new IllegalStateException("a bare " + architecture().title() + " has no loss");
    }
}
