package ffmerge.permutation;

import java.util.Arrays;

/** A binary heap of columns by key, least first. A column may be in it several times; the least key counts. */
final class ColumnQueue {
    private double[] keys = new double[1024];
    private int[] columns = new int[1024];
    private int size;

    void clear() {
        size = 0;
    }

    boolean isEmpty() {
        return size == 0;
    }

    int head() {
        return columns[0];
    }

    double headKey() {
        return keys[0];
    }

    void add(int column, double key) {
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, 2 * size);
            columns = Arrays.copyOf(columns, 2 * size);
        }
        int place = size++;
        while (place > 0) {
            int parent = (place - 1) >> 1;
            if (keys[parent] <= key) {
                break;
            }
            keys[place] = keys[parent];
            columns[place] = columns[parent];
            place = parent;
        }
        keys[place] = key;
        columns[place] = column;
    }

    int poll() {
        int head = columns[0];
        size--;
        double key = keys[size];
        int column = columns[size];
        int place = 0;
        for (int child = 1; child < size; child = 2 * place + 1) {
            if (child + 1 < size && keys[child + 1] < keys[child]) {
                child++;
            }
            if (keys[child] >= key) {
                break;
            }
            keys[place] = keys[child];
            columns[place] = columns[child];
            place = child;
        }
        keys[place] = key;
        columns[place] = column;
        return head;
    }
}
