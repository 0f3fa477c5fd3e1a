package ffmerge.data;

/**
 * A sentence and its class.
 *
 * @param index its place in the data, from 0
 * @param ids of its tokens, special ones included
 * @param label counted as the model counts its classes
 */
public record LabelledSentence(int index, int[] ids, int label) {}
