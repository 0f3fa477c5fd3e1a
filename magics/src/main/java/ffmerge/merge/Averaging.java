package ffmerge.merge;

/**
 * What sublayers become that are merged, and what each place keeps beside the tie.
 *
 * @param ridge of the regression: how strongly it is held to the plain mean, as a share of the inputs' mean square
 * @param rescale whether each place gets a factor for each channel of its output
 * @param residual the rank of what each place gets back of its own maps; 0 for nothing
 */
public record Averaging(Average average, double ridge, boolean rescale, int residual) {
    /** What is usual of the regression. */
    public static final double RIDGE = 0.01;

    /** The paper's: the plain mean and nothing beside it. */
    public static final Averaging PLAIN = new Averaging(Average.MEAN, RIDGE, false, 0);

    /** Whether it matters which unit goes with which. */
    public boolean isOfUnits() {
        return average.isOfUnits() || residual > 0;
    }

    /** Whether it is worked out from what enters the sublayers. */
    public boolean readsInputs() {
        return average.readsInputs() || rescale || residual > 0;
    }
}
