package ffmerge.correlation;

import ffmerge.Npy;
import ffmerge.UserError;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Correlations between the units of two sublayers.
 *
 * @param size number of units of either
 * @param values row-major: the anchor's unit by the other sublayer's
 */
public record CorrelationMatrix(int size, float[] values) {
    /** The sum over units that are left where they are: Σ_j C[j, j]. */
    public double trace() {
        double sum = 0;
        for (int unit = 0; unit < size; unit++) {
            sum += values[unit * size + unit];
        }
        return sum;
    }

    /** The traces of square blocks: how well runs of so many units go together that keep their order. */
    public CorrelationMatrix traces(int length) {
        int runs = size / length;
        float[] traces = new float[runs * runs];
        for (int row = 0; row < runs; row++) {
            for (int column = 0; column < runs; column++) {
                double sum = 0;
                for (int i = 0; i < length; i++) {
                    sum += values[(row * length + i) * size + column * length + i];
                }
                traces[row * runs + column] = (float) sum;
            }
        }
        return new CorrelationMatrix(runs, traces);
    }

    /** How many units the blocks have at least of which a map has no more than so many in a row. */
    public int block(int most) {
        return (size + most - 1) / most;
    }

    /**
     * The matrix seen from afar: the largest magnitude of each block of it.
     *
     * @param order unit {@code order[j]} of the other sublayer stands in column j
     */
    public double[][] largestMagnitudes(int block, int[] order) {
        int cells = (size + block - 1) / block;
        double[][] largest = new double[cells][cells];
        for (int row = 0; row < size; row++) {
            double[] inRow = largest[row / block];
            for (int column = 0; column < size; column++) {
                double magnitude = Math.abs(values[row * size + order[column]]);
                inRow[column / block] = Math.max(inRow[column / block], magnitude);
            }
        }
        return largest;
    }

    /** The same with the other sublayer's units where they are. */
    public double[][] largestMagnitudes(int block) {
        return largestMagnitudes(block, IntStream.range(0, size).toArray());
    }

    /** Both added up. */
    public CorrelationMatrix plus(CorrelationMatrix other) {
        float[] sum = new float[values.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = values[i] + other.values[i];
        }
        return new CorrelationMatrix(size, sum);
    }

    /** Where the largest value stands, row-major. */
    public int indexOfLargest() {
        int largest = 0;
        for (int i = 1; i < values.length; i++) {
            largest = values[i] > values[largest] ? i : largest;
        }
        return largest;
    }

    /** The values for linear algebra in float32, as a copy. The first use of ND4J in a JVM takes two seconds. */
    public INDArray toINDArray() {
        return Nd4j.createFromArray(values).reshape('c', size, size);
    }

    /** Writes the values for {@code numpy.load}. */
    public void writeNpy(Path file) {
        Npy.write(file, size, values);
    }

    /**
     * Reads values that {@link #writeNpy} or NumPy wrote.
     *
     * @throws UserError if the file holds no square matrix
     */
    public static CorrelationMatrix readNpy(Path file) {
        double[][] rows = Npy.readSquare(file);
        float[] values = new float[rows.length * rows.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) rows[i / rows.length][i % rows.length];
        }
        return new CorrelationMatrix(rows.length, values);
    }
}
