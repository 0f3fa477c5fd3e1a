package ffmerge.permutation;

import java.util.Arrays;

/**
 * The textbook O(n³) algorithm, as short as it gets. It proves its own result: potentials of rows and columns that no
 * entry exceeds and that sum up to the assignment's value leave no room for a better one.
 */
final class Hungarian {
    private Hungarian() {}

    /** The largest sum of entries, one in each row and column. */
    static double largestSum(double[] benefits, int n) {
        double[] u = new double[n + 1];
        double[] v = new double[n + 1];
        int[] rowOf = new int[n + 1];
        for (int row = 1; row <= n; row++) {
            int[] before = new int[n + 1];
            double[] least = new double[n + 1];
            boolean[] done = new boolean[n + 1];
            Arrays.fill(least, Double.POSITIVE_INFINITY);
            rowOf[0] = row;
            int column = 0;
            while (rowOf[column] != 0) {
                done[column] = true;
                double delta = Double.POSITIVE_INFINITY;
                int next = 0;
                for (int j = 1; j <= n; j++) {
                    if (!done[j]) {
                        double reduced = -benefits[(rowOf[column] - 1) * n + j - 1] - u[rowOf[column]] - v[j];
                        if (reduced < least[j]) {
                            least[j] = reduced;
                            before[j] = column;
                        }
                        if (least[j] < delta) {
                            delta = least[j];
                            next = j;
                        }
                    }
                }
                for (int j = 0; j <= n; j++) {
                    if (done[j]) {
                        u[rowOf[j]] += delta;
                        v[j] -= delta;
                    } else {
                        least[j] -= delta;
                    }
                }
                column = next;
            }
            while (column != 0) {
                rowOf[column] = rowOf[before[column]];
                column = before[column];
            }
        }
        double sum = 0;
        for (int j = 1; j <= n; j++) {
            sum += benefits[(rowOf[j] - 1) * n + j - 1];
        }
        requireCertificate(benefits, n, u, v, sum);
        return sum;
    }

    private static void requireCertificate(double[] benefits, int n, double[] u, double[] v, double sum) {
        double largest = Arrays.stream(benefits).map(Math::abs).max().orElse(0);
        double tolerance = 1e-12 * n * (1 + largest);
        double bound = 0;
        for (int i = 1; i <= n; i++) {
            bound -= u[i] + v[i];
            for (int j = 1; j <= n; j++) {
                if (benefits[(i - 1) * n + j - 1] > -u[i] - v[j] + tolerance) {
                    throw new AssertionError("the reference's potentials are wrong");
                }
            }
        }
        if (Math.abs(bound - sum) > tolerance * n) {
            throw new AssertionError("the reference's value is not proven: " + sum + ", bound " + bound);
        }
    }
}
