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
final class EncoderDecoderDecoding extends TokenDecoding {
    private final EncoderDecoder model;
    private final List<Kernels.Held> learned = new ArrayList<>(); // by layer
    private final List<NDArray> sources = new ArrayList<>(); // by layer: [2, sentences, heads, source time, width]
    private final List<NDArray> pasts = new ArrayList<>(); // by layer: [2, rows, heads, time, width]
    private final Linear head;
    private NDArray mask; // [sentences, 1, 1, source time]

    /** What a step needs of a layer. Each step reads its maps anew: copies, held as few rows are multiplied fastest. */
    private static Kernels.Held learned(EncoderDecoder model, EncoderDecoderLayer layer, Pass pass) {
        EncoderDecoderAttention attention = model.decoderAttention();
        NDManager scope = pass.scope();
        return pass.hold(
                layer.selfNorms().in(),
                layer.self() == null ? Attention.NONE : layer.self().joined(scope),
                attention.bias(),
                layer.selfNorms().out(),
                layer.sourceNorms().in(),
                layer.source().query().turned(scope),
                layer.source().out().turned(scope),
                layer.sourceNorms().out(),
                layer.norms().in(),
                turned(layer.up(), scope),
                turned(layer.gate(), scope),
                turned(layer.down(), scope),
                layer.norms().out(),
                model.activation(),
                attention.heads(),
                layer.self() == null ? 1. : attention.scale(layer.self()),
                attention.scale(layer.source()));
    }

    private static Linear turned(Linear map, NDManager scope) {
        return map == null ? Linear.NONE : map.turned(scope);
    }

    /**
     * @param memory what the encoder made of the source, {@code [sentences, source time, model]}
     * @param mask true where the source holds a token, {@code [sentences, 1, 1, source time]}
     * @param scope of what is kept from step to step
     */
    EncoderDecoderDecoding(EncoderDecoder model, NDArray memory, NDArray mask, NDManager scope) {
        super(scope);
        this.model = model;
        this.mask = mask;
        long sentences = mask.getShape().get(0);
        int heads = model.decoderAttention().heads();
        head = model.decodingHead(scope);
        Pass pass = Pass.inference(scope);
        for (EncoderDecoderLayer layer : model.decoder()) {
            sources.add(pass.run(
                    "keys_values", memory, layer.source().key(), layer.source().value(), heads));
            long width = layer.source().query().outputs() / heads;
            pasts.add(scope.create(new Shape(2, sentences, heads, 0, width), DataType.FLOAT32));
            learned.add(learned(model, layer, pass));
        }
    }

    @Override
    NDArray nextScores(Search.Rows rows, int position, NDManager step) {
        keep(rows.sentences(), step);
        Pass pass = Pass.inference(step);
        return model.nextScores(step(rows, position, pass), head, pass);
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
    private NDArray step(Search.Rows rows, int position, Pass pass) {
        NDArray order = pass.scope().create(rows.order());
        NDArray x = model.targets().newest(rows.tokens(), position, pass);
        for (int layer = 0; layer < learned.size(); layer++) {
            List<NDArray> after = pass.runAll(
                    "translation_step", x, pasts.get(layer), order, sources.get(layer), mask, learned.get(layer));
            x = after.get(0);
            pasts.get(layer).close();
            pasts.set(layer, after.get(1));
            after.get(1).attach(scope);
        }
        return x;
    }
}
