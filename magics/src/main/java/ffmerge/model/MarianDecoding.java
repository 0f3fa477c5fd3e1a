package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.generate.Search;
import ffmerge.torch.Kernels;
import java.util.ArrayList;
import java.util.List;

/**
 * A batch decoded token by token, each layer one native call: keys and values of the tokens so far are kept, those of the
 * source are computed once and shared by a sentence's beams.
 */
final class MarianDecoding extends TokenDecoding {
    private final Marian model;
    private final List<List<NDArray>> weights = new ArrayList<>(); // by layer, as marian_step takes them
    private final List<NDArray> sources = new ArrayList<>(); // by layer: [2, sentences, heads, source time, width]
    private final List<NDArray> pasts = new ArrayList<>(); // by layer: [2, rows, heads, time, width]
    private NDArray mask; // [sentences, 1, 1, source time]

    /**
     * @param memory what the encoder made of the source, {@code [sentences, source time, model]}
     * @param mask true where the source holds a token, {@code [sentences, 1, 1, source time]}
     * @param scope of what is kept from step to step
     */
    MarianDecoding(Marian model, NDArray memory, NDArray mask, NDManager scope) {
        super(scope);
        this.model = model;
        this.mask = mask;
        long sentences = mask.getShape().get(0);
        int heads = model.decoderHeads();
        for (Marian.Layer layer : model.decoder()) {
            Marian.Attention from = layer.source();
            List<NDArray> keysValues = List.of(
                    from.key().weight(),
                    from.key().bias(),
                    from.value().weight(),
                    from.value().bias());
            sources.add(Kernels.run(scope, false, "keys_values", memory, keysValues, heads));
            long width = memory.getShape().getLastDimension() / heads;
            pasts.add(scope.create(new Shape(2, sentences, heads, 0, width), DataType.FLOAT32));
            weights.add(weights(layer));
        }
    }

    private List<NDArray> weights(Marian.Layer w) {
        Marian.Attention self = w.self();
        return List.of(
                joined(self.query().weight(), self.key().weight(), self.value().weight()),
                joined(self.query().bias(), self.key().bias(), self.value().bias()),
                self.out().weight(),
                self.out().bias(),
                w.selfNorm().weight(),
                w.selfNorm().bias(),
                w.source().query().weight(),
                w.source().query().bias(),
                w.source().out().weight(),
                w.source().out().bias(),
                w.sourceNorm().weight(),
                w.sourceNorm().bias(),
                w.up().weight(),
                w.up().bias(),
                w.down().weight(),
                w.down().bias(),
                w.norm().weight(),
                w.norm().bias());
    }

    private NDArray joined(NDArray... parts) {
        return Kernels.run(scope, false, "joined", List.of(parts));
    }

    @Override
    NDArray nextScores(Search.Rows rows, int position, NDManager step) {
        keep(rows.sentences(), step);
        return model.nextScores(step(rows, position, step), step);
    }

    /** Leaves out the sources of sentences that are finished. */
    private void keep(long[] sentences, NDManager step) {
        if (sentences.length == mask.getShape().get(0)) {
            return;
        }
        NDArray places = step.create(sentences);
        mask = Kernels.run(scope, false, "select", mask, 0, places); // the old one belongs to the states
        for (int layer = 0; layer < sources.size(); layer++) {
            try (NDArray all = sources.get(layer)) {
                sources.set(layer, Kernels.run(scope, false, "select", all, 1, places));
            }
        }
    }

    /** One token further through all layers: {@code [rows, model]}. */
    private NDArray step(Search.Rows rows, int position, NDManager step) {
        NDArray order = step.create(rows.order());
        NDArray x = model.embedNewest(rows.tokens(), position, step);
        for (int layer = 0; layer < weights.size(); layer++) {
            List<NDArray> after = Kernels.runAll(
                    step,
                    false,
                    "marian_step",
                    x,
                    pasts.get(layer),
                    order,
                    sources.get(layer),
                    mask,
                    weights.get(layer),
                    model.activation(),
                    model.decoderHeads());
            x = after.get(0);
            pasts.get(layer).close();
            pasts.set(layer, after.get(1));
            after.get(1).attach(scope);
        }
        return x;
    }
}
