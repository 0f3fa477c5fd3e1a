package ffmerge.architecture;

/**
 * What the attention of one layer sees.
 *
 * @param window how many tokens each token sees, itself the last of them; {@link #ALL} where it sees all before it
 * @param turned whether queries and keys are turned by their positions, where the family's are
 */
public record LayerKind(int window, boolean turned) {
    public static final int ALL = 0;

    public boolean slides() {
        return window != ALL;
    }

    /** As configs have it: one of {@code layer_types}, and of the objects of {@code rope_parameters}. */
    public String label() {
        return slides() ? LayerKinds.SLIDING : LayerKinds.FULL;
    }
}
