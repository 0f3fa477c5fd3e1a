package ffmerge.prune;

import java.util.Arrays;

/**
 * The weight of a linear map as a file has it.
 *
 * @param values {@code [out, in]}, or {@code [in, out]} where {@code inputsFirst}
 */
public record LinearMap(float[] values, int outputs, int inputs, boolean inputsFirst) {
    /** Where the value stands that is this one, row-major, in {@code [out, in]}. */
    int place(int element) {
        return inputsFirst ? element % inputs * outputs + element / inputs : element;
    }

    /**
     * The values with the lowest scores set to zero, equal ones by their position.
     *
     * @param scores row-major in {@code [out, in]}
     * @param byRow whether the share is taken of each output's row, not of the whole
     * @return as the file has them
     */
    public float[] pruned(double[] scores, Sparsity sparsity, boolean byRow) {
        float[] pruned = values.clone();
        int length = byRow ? inputs : scores.length;
        int count = sparsity.of(length);
        for (int from = 0; from < scores.length; from += length) {
            for (int lowest : Lowest.of(Arrays.copyOfRange(scores, from, from + length), count)) {
                pruned[place(from + lowest)] = 0;
            }
        }
        return pruned;
    }

    /** Adds to each output the scores of its row. */
    public void addRows(double[] scores, double[] sums) {
        for (int i = 0; i < scores.length; i++) {
            sums[i / inputs] += scores[i];
        }
    }

    /** Adds to each input the scores of its column. */
    public void addColumns(double[] scores, double[] sums) {
        for (int i = 0; i < scores.length; i++) {
            sums[i % inputs] += scores[i];
        }
    }
}
