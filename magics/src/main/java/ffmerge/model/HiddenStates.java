package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ffmerge.data.Batch;

/**
 * A batch on its way through a model: what stands between two layers. A pass can be stopped here and taken up again, by
 * this model or by another one whose layers so far are the same.
 *
 * @param layer how many layers the batch has passed
 * @param x {@code [batch, time, model]}
 */
public record HiddenStates(Batch batch, int layer, NDArray x) implements AutoCloseable {
    @Override
    public void close() {
        x.close();
    }
}
