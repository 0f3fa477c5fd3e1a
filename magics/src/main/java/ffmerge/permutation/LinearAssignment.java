package ffmerge.permutation;

/**
 * The linear assignment problem of the paper's alignment step: {@code π = argmax Σ_j C[j, π(j)]}, solved exactly.
 *
 * @param permutation the column that each row is assigned
 * @param value the sum that it reaches
 */
public record LinearAssignment(Permutation permutation, double value) {
    /**
     * Finds an assignment of the largest sum.
     *
     * @param benefits an n × n matrix, row-major; it is only read
     * @throws IllegalArgumentException if the matrix is not square or holds a value that is not finite
     */
    public static LinearAssignment maximize(float[] benefits, int n) {
        requireSquare(benefits.length, n);
        return solve(new CostMatrix.NegatedFloats(benefits, n));
    }

    /** The same in float64. */
    public static LinearAssignment maximize(double[] benefits, int n) {
        requireSquare(benefits.length, n);
        return solve(new CostMatrix.NegatedDoubles(benefits, n));
    }

    private static LinearAssignment solve(CostMatrix costs) {
        int[] columns = new JonkerVolgenant(costs).solve();
        double value = 0;
        for (int row = 0; row < columns.length; row++) {
            value -= costs.at(row, columns[row]);
        }
        return new LinearAssignment(new Permutation(columns), value);
    }

    private static void requireSquare(int length, int n) {
        if (n < 1 || (long) n * n != length) {
            throw new IllegalArgumentException(length + " values are not a matrix of " + n + " × " + n);
        }
    }
}
