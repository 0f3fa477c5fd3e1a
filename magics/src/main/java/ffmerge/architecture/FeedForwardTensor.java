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
    /** The role of the matrix that makes the units. */
    public static final String UP = "up";
    /** The role of the matrix that makes the output of the units. */
    public static final String DOWN = "down";
    /** What is behind a matrix's role in its bias's. */
    public static final String BIAS = "-bias";
    /** The role of the factors, kept beside a tie, of each channel of a sublayer's output in one place. */
    public static final String FACTOR = "down-factor";
    /** The role of the matrix that makes the gates of a gated sublayer. */
    public static final String GATE = "gate";
    /** The roles of all tensors that an FF sublayer may have. */
    public static final Set<String> ROLES = Set.of("up", "up-bias", GATE, "gate-bias", "down", "down-bias");

    /** Whether a matrix is [in, out] in files, not [out, in]. */
    public boolean inputsFirst() {
        return !axes.get(0).equals(role.equals(DOWN) ? MODEL : HIDDEN);
    }

    /** Values that lie between a unit's and the next unit's: the product of the axes inside; 0 where there are no units. */
    public int behindUnits() {
        int inner = 1;
        for (int axis = axes.size() - 1; axis >= 0; axis--) {
            if (axes.get(axis).equals(HIDDEN)) {
                return inner;
            }
            inner *= Math.toIntExact(shape.get(axis));
        }
        return 0;
    }
}
