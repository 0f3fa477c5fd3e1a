package ffmerge.prune;

import java.util.Locale;
import java.util.SplittableRandom;

/** How much a weight of a linear map {@code [out, in]} is held to matter. */
public enum Saliency {
    /** {@code |W_ij|}. */
    MAGNITUDE(false) {
        @Override
        double of(float weight, double squares, SplittableRandom random) {
            return Math.abs(weight);
        }
    },
    /** {@code |W_ij| · ‖X_j‖₂}, compared within each output's row (Sun et al. 2024). */
    WANDA(true) {
        @Override
        double of(float weight, double squares, SplittableRandom random) {
            return Math.abs(weight) * Math.sqrt(squares);
        }
    },
    /** Any number, as a control. */
    RANDOM(false) {
        @Override
        double of(float weight, double squares, SplittableRandom random) {
            return random.nextDouble();
        }
    },
    /** {@code ½ H_jj W_ij²} with the diagonal of {@code XᵀX} (LeCun et al. 1990). */
    OBD(true) {
        @Override
        double of(float weight, double squares, SplittableRandom random) {
            return 0.5 * squares * weight * weight;
        }
    };

    private final boolean seesInputs;

    Saliency(boolean seesInputs) {
        this.seesInputs = seesInputs;
    }

    abstract double of(float weight, double squares, SplittableRandom random);

    /** The word of {@code --method}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether what enters a map must be known. */
    public boolean seesInputs() {
        return seesInputs;
    }

    /** Whether weights are compared within their output's row, not over the whole tensor. */
    public boolean isByRow() {
        return this == WANDA;
    }

    /**
     * The scores of a map's weights, row-major in {@code [out, in]}.
     *
     * @param squares of each input, summed over the rows of activations; null where they aren't seen
     * @param random drawn from once a weight, where scores are random
     */
    public double[] scores(LinearMap map, double[] squares, SplittableRandom random) {
        double[] scores = new double[map.values().length];
        for (int i = 0; i < scores.length; i++) {
            double ofInput = squares == null ? 0 : squares[i % map.inputs()];
            scores[i] = of(map.values()[map.place(i)], ofInput, random);
        }
        return scores;
    }
}
