package ffmerge.similarity;

import ffmerge.model.Site;

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
}
