package ffmerge.architecture;

/** How far from zero a family's matrices are before anything is learned, as transformers draws them. */
public final class FreshDeviation {
    /** What most families' configs say where they say nothing. */
    private static final double USUAL = 0.02;

    private FreshDeviation() {}

    /** The standard deviation of a matrix. */
    public static double of(Settings settings, ModelTensor tensor) {
        return of(settings, tensor.role(), tensor.layer() >= 0, tensor.layer() >= 0 ? tensor.inputs() : 0);
    }

    /**
     * One for all matrices, or by what enters a map (T5): a factor over the root of the inputs, so that outputs are as large
     * as these; queries are made smaller by the root of a head's width, as their scores aren't.
     *
     * @param inputs how wide what enters the map is; of maps of layers alone
     */
    public static double of(Settings settings, String role, boolean ofLayer, long inputs) {
        if (!settings.has("deviationByInputs")) {
            return settings.number("deviation", USUAL);
        }
        double factor = settings.number("deviationByInputs");
        if (!ofLayer) {
            return role.endsWith("relative-bias") ? factor / Math.sqrt(settings.size("width")) : factor;
        }
        long scaled = role.endsWith("query") ? inputs * settings.size("headWidth") : inputs;
        return factor / Math.sqrt(scaled);
    }
}
