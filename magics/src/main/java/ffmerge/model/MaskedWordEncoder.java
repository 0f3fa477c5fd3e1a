package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ffmerge.architecture.Architecture;
import ffmerge.data.Batch;
import ffmerge.data.MaskedBatch;
import ffmerge.data.Masking;
import ffmerge.torch.Inputs;
import java.util.function.BiFunction;

/**
 * An encoder that guesses masked tokens: a map of each state, its activation, a norm, and scores of the vocabulary. Follows
 * transformers' {@code BertForMaskedLM} and its kin.
 */
public final class MaskedWordEncoder extends TextEncoder implements MaskedLanguageModel {
    /** Logits that exist at a time while losses are computed. */
    private static final int LOGITS = 1 << 20;

    private final Linear dense; // [model] → [model]
    private final String activation;
    private final Norm norm;
    private final Linear head; // [model] → [vocabulary]

    MaskedWordEncoder(Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin) {
        super(architecture, parameters, manager, origin);
        dense = outside.linear("head-dense");
        activation = Activation.of(architecture.settings(), "headActivation");
        norm = outside.norm("norm");
        head = vocabularyHead();
    }

    @Override
    public Batch noise(int tokens, long seed) {
        return new Masking(context(), 0, vocabulary())
                .noise(TokenRows.noise(tokens, context(), vocabulary(), seed), seed);
    }

    @Override
    public NDArray logits(HiddenStates last, Pass pass) {
        try (NDArray h = pass.run("activated", last.x(), dense, activation)) {
            return pass.run("scores", h, norm, head);
        }
    }

    @Override
    public NDArray maskedLosses(HiddenStates last, Pass pass) {
        int atATime = Math.max(1, LOGITS / vocabulary());
        return ofMasked(last, pass, (h, targets) -> pass.run("answer_losses", h, norm, head, targets, atATime));
    }

    /** Scores of the tokens that a batch asks for, {@code [asked for, vocabulary]}. */
    @Override
    public NDArray head(HiddenStates last, Pass pass) {
        return ofMasked(last, pass, (h, targets) -> pass.run("scores", h, norm, head));
    }

    @Override
    public NDArray loss(HiddenStates last, Pass pass) {
        return ofMasked(
                last,
                pass,
                (h, targets) ->
                        pass.loss("target_loss", "taught_target_loss", h, norm, head, targets, pass.labelSmoothing()));
    }

    /** @param make of what the head reads in the places that are asked for, {@code [asked for, model]}, and the answers */
    private NDArray ofMasked(HiddenStates last, Pass pass, BiFunction<NDArray, NDArray, NDArray> make) {
        MaskedBatch batch = (MaskedBatch) last.batch();
        long[] answers = batch.answers();
        Shape shape = new Shape(answers.length);
        try (NDArray places = Inputs.of(batch.places(), shape, pass.scope());
                NDArray targets = Inputs.of(answers, shape, pass.scope());
                NDArray rows = pass.run("rows", last.x(), places);
                NDArray h = pass.run("activated", rows, dense, activation)) {
            return make.apply(h, targets);
        }
    }
}
