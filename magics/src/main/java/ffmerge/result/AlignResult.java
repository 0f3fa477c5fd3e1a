package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * How the units of one FF sublayer go with another's.
 *
 * @param layers the anchor and the layer that is reordered
 * @param permutation unit {@code permutation[j]} of the second goes with unit j of the first
 * @param protocol by which they were matched
 * @param data whose activations they were matched by; null where weights alone were looked at
 * @param split of the data; null where there is none
 * @param tokens how many activations
 * @param context how many tokens a block of text has that is read at once; null where examples are read one by one
 * @param histogram of the correlations
 * @param maps of the correlations, for a picture
 */
public record AlignResult(
        String model,
        String stack,
        List<Integer> layers,
        double identityCorrelation,
        double matchedCorrelation,
        int[] permutation,
        String protocol,
        @JsonInclude(JsonInclude.Include.NON_NULL) String data,
        @JsonInclude(JsonInclude.Include.NON_NULL) String split,
        long tokens,
        @JsonInclude(JsonInclude.Include.NON_NULL) Integer context,
        Histogram histogram,
        @JsonIgnore Maps maps)
        implements Result {
    /**
     * How correlations lie, each as shares of 1.
     *
     * @param edges of the bins, one more than there are bins
     * @param matched of the units that go together
     * @param identity of the units that stand at the same place
     * @param chance of all pairs of units, as any order gives them
     */
    public record Histogram(double[] edges, double[] matched, double[] identity, double[] chance) {}

    /**
     * The matrix of correlations, rows the anchor's units, seen from afar: a cell is the largest magnitude of a block.
     *
     * @param block units along a side of a cell
     * @param before with the second layer's units where they are
     * @param after with them in the matched order
     */
    public record Maps(int block, double[][] before, double[][] after) {}
}
