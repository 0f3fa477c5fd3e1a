package ffmerge.align;

import ffmerge.permutation.Permutation;

/**
 * How a sublayer's units go with its anchor's.
 *
 * @param identityCorrelation the correlations summed with the units where they are
 * @param matchedCorrelation the largest sum that any order of the units reaches
 */
public record LayerAlignment(
        String stack,
        int anchor,
        int layer,
        Permutation permutation,
        double identityCorrelation,
        double matchedCorrelation) {}
