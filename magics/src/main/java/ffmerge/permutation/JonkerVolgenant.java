package ffmerge.permutation;

import java.util.Arrays;

/**
 * The algorithm of Jonker and Volgenant (Computing 38, 1987) for dense linear assignment: column reduction, augmenting
 * row reduction, then a shortest augmenting path for each row that is still free.
 *
 * <p>Prices of columns only ever fall. So a row that has once looked at all of its columns can keep its few cheapest ones
 * and the reduced cost of the cheapest that it left out: as long as what it needs lies below that bound, it need not
 * look at the others again. Both later phases use these short lists, which makes them about as fast as on a sparse
 * matrix, while the result stays that of the dense one. Memory beyond the matrix is O(n).
 */
final class JonkerVolgenant {
    /** How many columns a row remembers. */
    private static final int REMEMBERED = 12;
    /** How often, per row, augmenting row reduction may take a column from another row before the paths are cheaper. */
    private static final int BIDS_PER_ROW = 50;

    private static final int NONE = -1;

    private final CostMatrix costs;
    private final int n;
    private final double[] price;
    private final int[] columnOfRow;
    private final int[] rowOfColumn;
    private final int[] free;
    private int freeCount;

    private final CheapestColumns cheapest;
    /** A row of the matrix, in float64. */
    private final double[] rowCosts;

    JonkerVolgenant(CostMatrix costs) {
        this.costs = costs;
        this.n = costs.size();
        this.price = new double[n];
        this.columnOfRow = new int[n];
        this.rowOfColumn = new int[n];
        this.free = new int[n];
        this.rowCosts = new double[n];
        this.cheapest = new CheapestColumns(costs, price, Math.min(REMEMBERED, n), rowCosts);
    }

    /**
     * @return the column of each row in an assignment of least cost
     * @throws IllegalArgumentException if a cost is not finite
     */
    int[] solve() {
        reduceColumns();
        for (int pass = 0; pass < 2; pass++) {
            reduceRows();
        }
        ShortestPaths paths = new ShortestPaths(costs, price, columnOfRow, rowOfColumn, cheapest, rowCosts);
        for (int i = 0; i < freeCount; i++) {
            paths.augment(free[i]);
        }
        return columnOfRow;
    }

    /** Prices each column at its least cost and gives it to the row that has this cost, if that row has none yet. */
    private void reduceColumns() {
        int[] cheapestRow = new int[n];
        Arrays.fill(price, Double.POSITIVE_INFINITY);
        for (int row = 0; row < n; row++) {
            costs.row(row, rowCosts);
            double sum = 0;
            for (int column = 0; column < n; column++) {
                double cost = rowCosts[column];
                sum += cost;
                if (cost < price[column]) {
                    price[column] = cost;
                    cheapestRow[column] = row;
                }
            }
            if (!Double.isFinite(sum)) {
                throw new IllegalArgumentException("row " + row + " of the matrix holds a value that is not finite");
            }
        }
        Arrays.fill(columnOfRow, NONE);
        Arrays.fill(rowOfColumn, NONE);
        int[] claims = new int[n];
        for (int column = n - 1; column >= 0; column--) {
            int row = cheapestRow[column];
            if (claims[row]++ == 0) {
                columnOfRow[row] = column;
                rowOfColumn[column] = row;
            }
        }
        for (int row = 0; row < n; row++) {
            if (claims[row] == 0) {
                free[freeCount++] = row;
            } else if (claims[row] == 1) {
                transferReduction(row);
            }
        }
    }

    /** Lowers the price of a row's column until the row's second choice would be as good. */
    private void transferReduction(int row) {
        costs.row(row, rowCosts);
        int own = columnOfRow[row];
        double second = Double.POSITIVE_INFINITY;
        for (int column = 0; column < n; column++) {
            double reduced = rowCosts[column] - price[column];
            if (reduced < second && column != own) {
                second = reduced;
            }
        }
        if (n > 1) {
            price[own] -= second;
        }
    }

    /** Each free row takes its best column and pays what it is worth over the second best; who had it becomes free. */
    private void reduceRows() {
        int before = freeCount;
        int next = 0;
        freeCount = 0;
        long bids = (long) BIDS_PER_ROW * n;
        while (next < before) {
            int row = free[next++];
            cheapest.findTwo(row);
            int column = cheapest.first;
            int owner = rowOfColumn[column];
            double lowered = price[column] - (cheapest.secondCost - cheapest.firstCost);
            boolean pays = lowered < price[column];
            if (pays) {
                price[column] = lowered;
            } else if (owner != NONE) {
                column = cheapest.second;
                owner = rowOfColumn[column];
            }
            columnOfRow[row] = column;
            rowOfColumn[column] = row;
            if (owner == NONE) {
                continue;
            }
            columnOfRow[owner] = NONE;
            if (pays && bids-- > 0) {
                free[--next] = owner;
            } else {
                free[freeCount++] = owner;
            }
        }
    }
}
