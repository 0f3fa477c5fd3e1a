package ffmerge.permutation;

/** A square matrix of costs, read a row at a time and turned into float64, whatever it is kept in. */
interface CostMatrix {
    int size();

    /** Copies the costs of a row to the start of {@code into}. */
    void row(int row, double[] into);

    double at(int row, int column);

    /** The negated entries of a row-major float32 matrix: its largest sum is the least cost. */
    record NegatedFloats(float[] values, int size) implements CostMatrix {
        @Override
        public void row(int row, double[] into) {
            int start = row * size;
            for (int column = 0; column < size; column++) {
                into[column] = -(double) values[start + column];
            }
        }

        @Override
        public double at(int row, int column) {
            return -(double) values[row * size + column];
        }
    }

    /** The negated entries of a row-major float64 matrix. */
    record NegatedDoubles(double[] values, int size) implements CostMatrix {
        @Override
        public void row(int row, double[] into) {
            int start = row * size;
            for (int column = 0; column < size; column++) {
                into[column] = -values[start + column];
            }
        }

        @Override
        public double at(int row, int column) {
            return -values[row * size + column];
        }
    }
}
