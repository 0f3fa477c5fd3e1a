package ffmerge.permutation;

import java.util.Arrays;

/**
 * Gives a free row a column by the shortest augmenting path (Dijkstra over reduced costs), then adjusts the prices so
 * that every assigned column stays its row's cheapest. Rows are explored through their short lists; only when a column
 * outside a list could be nearer than all known ones is that row looked at as a whole. Where that happens too often, as
 * with matrices of rank one, the search begins anew and looks at every row as a whole.
 */
final class ShortestPaths {
    private static final int NONE = -1;

    /** Searching by lists ends when more rows than these had to be looked at as a whole, and more than one in so many. */
    private static final int LEAST_LOOKS = 8;

    private static final int ROWS_A_LOOK = 2;

    private final CostMatrix costs;
    private final double[] price;
    private final double[] rowCosts;
    private final int[] columnOfRow;
    private final int[] rowOfColumn;
    private final CheapestColumns cheapest;
    private final int n;

    /** Length of the shortest path known to each column; +∞ where none is. */
    private final double[] distance;
    /** The row from which that path reaches the column. */
    private final int[] previousRow;

    private final boolean[] settled;
    private final int[] reached;
    private int reachedCount;
    private final int[] settledColumns;
    private int settledCount;

    /** Rows of the tree: what reaching one costs, and how near a column outside its list could be. */
    private final int[] treeRow;

    private final double[] treeOffset;
    private final double[] treeBound;
    private int treeSize;
    private double leastBound;
    /** How many rows were looked at as a whole. */
    private int looks;

    private int nearestFree;
    private double nearestFreeDistance;

    private final ColumnQueue queue = new ColumnQueue();

    /** @param rowCosts room for a row of the matrix, shared with the caller */
    ShortestPaths(
            CostMatrix costs,
            double[] price,
            int[] columnOfRow,
            int[] rowOfColumn,
            CheapestColumns cheapest,
            double[] rowCosts) {
        this.costs = costs;
        this.price = price;
        this.rowCosts = rowCosts;
        this.columnOfRow = columnOfRow;
        this.rowOfColumn = rowOfColumn;
        this.cheapest = cheapest;
        this.n = price.length;
        this.distance = new double[n];
        this.previousRow = new int[n];
        this.settled = new boolean[n];
        this.reached = new int[n];
        this.settledColumns = new int[n];
        this.treeRow = new int[n];
        this.treeOffset = new double[n];
        this.treeBound = new double[n];
        Arrays.fill(distance, Double.POSITIVE_INFINITY);
    }

    void augment(int freeRow) {
        double length = search(freeRow);
        if (Double.isNaN(length)) {
            forget();
            length = searchAll(freeRow);
        }
        for (int i = 0; i < settledCount; i++) {
            int column = settledColumns[i];
            price[column] += distance[column] - length;
        }
        flipPath(freeRow);
        forget();
    }

    /** Makes ready for the next search. */
    private void forget() {
        for (int i = 0; i < settledCount; i++) {
            settled[settledColumns[i]] = false;
        }
        for (int i = 0; i < reachedCount; i++) {
            distance[reached[i]] = Double.POSITIVE_INFINITY;
        }
    }

    /** Searches by the short lists; gives the path's length, or NaN where the lists don't help. */
    private double search(int freeRow) {
        queue.clear();
        reachedCount = 0;
        settledCount = 0;
        treeSize = 0;
        looks = 0;
        leastBound = Double.POSITIVE_INFINITY;
        nearestFreeDistance = Double.POSITIVE_INFINITY;

        int row = freeRow;
        double offset = 0;
        while (true) {
            addToTree(row, offset);
            double length = nearest();
            if (length == nearestFreeDistance || Double.isNaN(length)) {
                return length;
            }
            int column = queue.poll();
            settle(column);
            row = rowOfColumn[column];
            offset = costs.at(row, column) - price[column] - length;
        }
    }

    /** Searches by looking at all columns of every row of the tree: O(n²) for certain. */
    private double searchAll(int freeRow) {
        settledCount = 0;
        reachedCount = 0;
        for (int column = 0; column < n; column++) {
            reached[reachedCount++] = column;
        }
        int open = n; // of the columns reached, those that are not settled stand first
        int row = freeRow;
        double offset = 0;
        while (true) {
            costs.row(row, rowCosts);
            int nearest = 0;
            double length = Double.POSITIVE_INFINITY;
            for (int i = 0; i < open; i++) {
                int column = reached[i];
                double through = rowCosts[column] - price[column] - offset;
                if (through < distance[column]) {
                    distance[column] = through;
                    previousRow[column] = row;
                }
                if (distance[column] < length || distance[column] == length && rowOfColumn[column] == NONE) {
                    length = distance[column];
                    nearest = i;
                }
            }
            int column = reached[nearest];
            if (rowOfColumn[column] == NONE) {
                nearestFree = column;
                return length;
            }
            settle(column);
            open--;
            reached[nearest] = reached[open];
            reached[open] = column;
            row = rowOfColumn[column];
            offset = costs.at(row, column) - price[column] - length;
        }
    }

    private void settle(int column) {
        settled[column] = true;
        settledColumns[settledCount++] = column;
    }

    private void addToTree(int row, double offset) {
        if (cheapest.bound[row] == Double.NEGATIVE_INFINITY) {
            cheapest.remember(row);
        }
        for (int i = row * cheapest.count; i < (row + 1) * cheapest.count; i++) {
            int column = cheapest.columns[i];
            reach(column, row, cheapest.cost[i] - price[column] - offset);
        }
        treeRow[treeSize] = row;
        treeOffset[treeSize] = offset;
        treeBound[treeSize] = cheapest.bound[row] - offset;
        leastBound = Math.min(leastBound, treeBound[treeSize]);
        treeSize++;
    }

    private void reach(int column, int row, double length) {
        // rounding can make a settled column seem nearer, and a path that came back to it would never end
        if (settled[column] || length >= distance[column] || length >= nearestFreeDistance) {
            return;
        }
        if (distance[column] == Double.POSITIVE_INFINITY) {
            reached[reachedCount++] = column;
        }
        distance[column] = length;
        previousRow[column] = row;
        if (rowOfColumn[column] == NONE) {
            nearestFree = column;
            nearestFreeDistance = length;
        } else {
            queue.add(column, length);
        }
    }

    /**
     * The distance of the nearest column that is not settled; if it isn't the free one, it is at the queue's head. NaN
     * where the lists don't help.
     */
    private double nearest() {
        while (true) {
            while (!queue.isEmpty() && (settled[queue.head()] || queue.headKey() > distance[queue.head()])) {
                queue.poll();
            }
            double known = queue.isEmpty() ? nearestFreeDistance : Math.min(queue.headKey(), nearestFreeDistance);
            if (known <= leastBound) {
                return known;
            }
            if (++looks > LEAST_LOOKS && looks > treeSize / ROWS_A_LOOK) {
                return Double.NaN;
            }
            lookBeyondLists();
        }
    }

    /** Looks at all columns of the tree's row that might hold the nearest one unseen. */
    private void lookBeyondLists() {
        int least = 0;
        for (int i = 1; i < treeSize; i++) {
            if (treeBound[i] < treeBound[least]) {
                least = i;
            }
        }
        int row = treeRow[least];
        double[] reduced =
                cheapest.remember(row); // a list that was too short or too old: the next search shall fare better
        for (int column = 0; column < n; column++) {
            double length = reduced[column] - treeOffset[least];
            reach(column, row, length);
        }
        treeBound[least] = Double.POSITIVE_INFINITY;
        leastBound = Double.POSITIVE_INFINITY;
        for (int i = 0; i < treeSize; i++) {
            leastBound = Math.min(leastBound, treeBound[i]);
        }
    }

    /** Assigns the columns along the path from its end, each to the row before it. */
    private void flipPath(int freeRow) {
        int column = nearestFree;
        int row;
        do {
            row = previousRow[column];
            rowOfColumn[column] = row;
            int released = columnOfRow[row];
            columnOfRow[row] = column;
            column = released;
        } while (row != freeRow);
    }
}
