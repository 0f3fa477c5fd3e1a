package ffmerge.architecture;

import java.util.List;

/**
 * An FF sublayer: {@code out = W_out · φ(W_in · x + b_in) + b_out}, gated or not.
 *
 * @param layer counted from 0 in its stack
 * @param width number of units, d_ff
 */
public record FeedForwardSublayer(String stack, int layer, int width, List<FeedForwardTensor> tensors) {
    /** Parameters of the whole sublayer. */
    public long parameters() {
        return tensors.stream()
                .mapToLong(t -> t.shape().stream().reduce(1L, Math::multiplyExact))
                .sum();
    }
}
