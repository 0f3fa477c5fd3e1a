package ffmerge.permutation;

import java.util.Arrays;

/**
 * For each row its few columns of least reduced cost (cost minus price), and a bound below which no other column lies.
 * A list that was made once stays right while prices fall, since reduced costs then only rise.
 */
final class CheapestColumns {
    private final CostMatrix costs;
    private final double[] price;
    private final int n;
    /** Columns a row. */
    final int count;
    /** The columns of row r, unordered, stand at r·count. */
    final int[] columns;
    /** Their costs. */
    final double[] cost;
    /** Of each row: no column that isn't in its list has a lower reduced cost. −∞ where there is no list yet. */
    final double[] bound;

    private final double[] reduced;

    /** Results of {@link #findTwo}: the two columns of least reduced cost; equal costs in any order. */
    int first;

    int second;
    double firstCost;
    double secondCost;

    /** @param rowCosts room for a row of the matrix, shared with the caller */
    CheapestColumns(CostMatrix costs, double[] price, int count, double[] rowCosts) {
        this.costs = costs;
        this.price = price;
        this.n = price.length;
        this.count = count;
        this.columns = new int[n * count];
        this.cost = new double[n * count];
        this.bound = new double[n];
        this.reduced = rowCosts;
        Arrays.fill(bound, Double.NEGATIVE_INFINITY);
    }

    /** Finds a row's two cheapest columns under the present prices. With a single column the second costs +∞. */
    void findTwo(int row) {
        if (bound[row] == Double.NEGATIVE_INFINITY) {
            remember(row);
        }
        scan(row);
        if (secondCost > bound[row]) {
            remember(row);
            scan(row);
        }
    }

    private void scan(int row) {
        int best = 0;
        int runnerUp = 0;
        double bestCost = Double.POSITIVE_INFINITY;
        double runnerUpCost = Double.POSITIVE_INFINITY;
        for (int i = row * count; i < (row + 1) * count; i++) {
            int column = columns[i];
            double value = cost[i] - price[column];
            if (value < runnerUpCost) {
                if (value < bestCost) {
                    runnerUpCost = bestCost;
                    runnerUp = best;
                    bestCost = value;
                    best = column;
                } else {
                    runnerUpCost = value;
                    runnerUp = column;
                }
            }
        }
        first = best;
        second = runnerUp;
        firstCost = bestCost;
        secondCost = runnerUpCost;
    }

    /**
     * Looks at all columns of a row and keeps the cheapest, in a heap whose top is the dearest of them.
     *
     * @return the reduced costs of all columns, until the next call
     */
    double[] remember(int row) {
        costs.row(row, reduced);
        for (int column = 0; column < n; column++) {
            reduced[column] -= price[column];
        }
        int top = row * count;
        for (int i = 0; i < count; i++) {
            columns[top + i] = i;
        }
        for (int i = count / 2 - 1; i >= 0; i--) {
            sink(top, i);
        }
        double dearest = reduced[columns[top]];
        double leftOut = Double.POSITIVE_INFINITY;
        for (int column = count; column < n; column++) {
            double value = reduced[column];
            if (value < dearest) {
                leftOut = dearest;
                columns[top] = column;
                sink(top, 0);
                dearest = reduced[columns[top]];
            } else if (value < leftOut) {
                leftOut = value;
            }
        }
        for (int i = top; i < top + count; i++) {
            cost[i] = costs.at(row, columns[i]);
        }
        bound[row] = leftOut;
        return reduced;
    }

    private void sink(int top, int from) {
        int column = columns[top + from];
        double value = reduced[column];
        int place = from;
        for (int child = 2 * place + 1; child < count; child = 2 * place + 1) {
            if (child + 1 < count && reduced[columns[top + child + 1]] > reduced[columns[top + child]]) {
                child++;
            }
            if (reduced[columns[top + child]] <= value) {
                break;
            }
            columns[top + place] = columns[top + child];
            place = child;
        }
        columns[top + place] = column;
    }
}
