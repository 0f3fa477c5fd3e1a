package ffmerge.similarity;

import ffmerge.Npy;
import ffmerge.UserError;
import ffmerge.model.Site;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * CKA between all sublayers of one kind in a stack.
 *
 * @param tokens over how many tokens
 * @param values layer by layer, symmetric, 1 on the diagonal
 */
public record SimilarityMatrix(Site site, String stack, int tokens, double[][] values) {
    public int layers() {
        return values.length;
    }

    /** The layers whose sublayer gave the same for every token, which has no CKA: their values with all others are 0. */
    public List<Integer> constant() {
        return IntStream.range(0, layers())
                .filter(i -> layers() > 1 && IntStream.range(0, layers()).allMatch(j -> j == i || values[i][j] == 0))
                .boxed()
                .toList();
    }

    /** The values for linear algebra in float64, as a copy. The first use of ND4J in a JVM takes two seconds. */
    public INDArray toINDArray() {
        return Nd4j.createFromArray(values);
    }

    /** Writes the values for {@code numpy.load}. */
    public void writeNpy(Path file) {
        Npy.write(file, values);
    }

    /**
     * Reads values that {@link #writeNpy} or NumPy wrote; the file holds nothing else.
     *
     * @throws UserError if the file holds no square matrix
     */
    public static SimilarityMatrix readNpy(Path file, Site site, String stack, int tokens) {
        return new SimilarityMatrix(site, stack, tokens, Npy.readSquare(file));
    }
}
