package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ffmerge.data.Batch;

/**
 * A batch on its way through a model: what stands between two layers. A pass can be stopped here and taken up again, by
 * this model or by another one whose layers so far are the same.
 *
 * @param layer how many layers the batch has passed
 * @param x {@code [batch, time, model]}
 * @param source what an encoder–decoder keeps beside {@code x}; null for a model of one stack
 */
public record HiddenStates(Batch batch, int layer, NDArray x, Source source) implements AutoCloseable {
    /**
     * What layers know of the source. It lives as long as the scope of the pass that made it, as states before and after a
     * layer share it.
     *
     * @param mask true where the source holds a token and no padding, {@code [batch, 1, 1, source time]}
     * @param memory what the encoder made of the source, {@code [batch, source time, model]}; null until the first decoder layer
     */
    public record Source(NDArray mask, NDArray memory) {}

    HiddenStates(Batch batch, int layer, NDArray x) {
        this(batch, layer, x, null);
    }

    /** The states one layer on. */
    HiddenStates next(NDArray after) {
        return new HiddenStates(batch, layer + 1, after, source);
    }

    @Override
    public void close() {
        x.close();
    }
}
