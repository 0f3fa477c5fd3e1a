package ffmerge.tune;

/**
 * How a model is tuned.
 *
 * @param rows examples of a batch
 * @param accumulate batches whose gradients are averaged for one step
 * @param rate the learning rate after warm-up; it then falls to a tenth of this along a cosine
 * @param warmup steps over which the rate rises from zero
 * @param decay decoupled weight decay of matrices; biases and norms have none
 * @param clip the largest norm that all gradients together keep; 0 for no clipping
 * @param labelSmoothing share of each target that is spread over the whole vocabulary
 * @param validateEvery steps between validations
 * @param saveEvery steps between saved states
 * @param seed of data order and dropout
 */
public record TuneSettings(
        int steps,
        int rows,
        int accumulate,
        double rate,
        int warmup,
        double decay,
        double clip,
        double labelSmoothing,
        int validateEvery,
        int saveEvery,
        long seed) {
    private static final double LEAST_SHARE = 0.1;
    private static final int LEAST_BETWEEN = 10;

    /** What is learned, on which much depends. */
    public enum Learned {
        ALL_WEIGHTS(1e-4),
        /** As the paper's QLoRA. */
        ADAPTERS(5e-4);

        private final double rate;

        Learned(double rate) {
            this.rate = rate;
        }
    }

    /**
     * What is usual.
     *
     * @param labelSmoothing what the model's task needs of it
     */
    public static TuneSettings usual(int steps, Learned learned, double labelSmoothing) {
        int between = Math.max(LEAST_BETWEEN, steps / 10);
        return new TuneSettings(steps, 8, 1, learned.rate, steps / 10, 0.01, 1, labelSmoothing, between, between, 0);
    }

    /** The learning rate of a step, counted from 0. */
    double rate(int step) {
        if (step < warmup) {
            return rate * (step + 1) / warmup;
        }
        double through = (step - warmup) / (double) Math.max(1, steps - warmup);
        return rate * (LEAST_SHARE + (1 - LEAST_SHARE) * 0.5 * (1 + Math.cos(Math.PI * through)));
    }
}
