package ffmerge.study;

import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.data.Batch;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Precision;
import java.util.ArrayList;
import java.util.List;

/**
 * Batches on their way through a model, kept where models that are changed from there on take them up: the layers before run
 * once for all of them. They move on from layer to layer and never back.
 */
final class KeptStates implements AutoCloseable {
    private final TransformerModel model;
    private final NDManager kept;
    private final Precision products;
    private final List<HiddenStates> states = new ArrayList<>();

    KeptStates(TransformerModel model, List<? extends Batch> batches, Precision products) {
        this.model = model;
        this.products = products;
        this.kept = model.newScope();
        try {
            for (Batch batch : batches) {
                Progress.stopIfInterrupted();
                states.add(model.embed(batch, Pass.inference(kept, products)));
            }
        } catch (RuntimeException | Error e) {
            kept.close();
            throw e;
        }
    }

    /** Of all batches, in order. */
    List<HiddenStates> all() {
        return states;
    }

    /** Moves all on to a layer, through layers that no changed model from here on differs in. */
    void advance(int layer) {
        for (int i = 0; i < states.size(); i++) {
            HiddenStates old = states.get(i);
            if (old.layer() < layer) {
                Progress.stopIfInterrupted();
                states.set(i, model.advance(old, layer, Pass.inference(kept, products)));
                old.close();
            }
        }
    }

    @Override
    public void close() {
        kept.close();
    }
}
