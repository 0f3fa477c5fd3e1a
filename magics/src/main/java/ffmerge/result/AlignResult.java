package ffmerge.result;

import java.util.List;

/**
 * How the units of one FF sublayer go with another's.
 *
 * @param layers the anchor and the layer that is reordered
 * @param permutation unit {@code permutation[j]} of the second goes with unit j of the first
 * @param protocol by which they were matched
 * @param data whose activations they were matched by
 * @param tokens how many of them
 */
public record AlignResult(
        String model,
        String stack,
        List<Integer> layers,
        double identityCorrelation,
        double matchedCorrelation,
        int[] permutation,
        String protocol,
        String data,
        String split,
        long tokens)
        implements Result {}
