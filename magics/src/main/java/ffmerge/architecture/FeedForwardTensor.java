package ffmerge.architecture;

import java.util.List;
import java.util.Set;

/**
 * One tensor of an FF sublayer.
 *
 * @param role what it does: {@code up}, {@code gate}, {@code down} or one of their biases
 * @param axes a name for each axis, outermost first; {@value #HIDDEN} is the one that a permutation of units reorders
 */
public record FeedForwardTensor(String role, String name, List<String> axes, List<Long> shape) {
    /** The axis of an FF sublayer's units. */
    public static final String HIDDEN = "hidden";
    /** The axis of the states between layers. */
    public static final String MODEL = "model";
    /** The role of the matrix that makes the gates of a gated sublayer. */
    public static final String GATE = "gate";
    /** The roles of all tensors that an FF sublayer may have. */
    public static final Set<String> ROLES = Set.of("up", "up-bias", GATE, "gate-bias", "down", "down-bias");
}
