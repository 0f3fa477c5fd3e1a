package ffmerge.architecture;

import java.util.List;

/**
 * An FF sublayer: {@code out = W_out · φ(W_in · x + b_in) + b_out}, gated or not.
 *
 * @param layer counted from 0 in its stack
 * @param width number of units, d_ff
 */
public record FeedForwardSublayer(String stack, int layer, int width, List<FeedForwardTensor> tensors) {
    /** Whether each unit has a gate that it is multiplied with. */
    public boolean isGated() {
        return tensors.stream().anyMatch(t -> t.role().equals(FeedForwardTensor.GATE));
    }

    /** The tensor of a role that the sublayer has. */
    public FeedForwardTensor tensor(String role) {
        return tensors.stream().filter(t -> t.role().equals(role)).findFirst().orElseThrow();
    }

    /** Whether there is a tensor of this role. */
    public boolean has(String role) {
        return tensors.stream().anyMatch(t -> t.role().equals(role));
    }

    /** Parameters of the whole sublayer. */
    public long parameters() {
        return tensors.stream()
                .mapToLong(t -> t.shape().stream().reduce(1L, Math::multiplyExact))
                .sum();
    }
}
