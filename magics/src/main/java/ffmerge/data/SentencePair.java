package ffmerge.data;

/**
 * A sentence and its translation, as text and as tokens.
 *
 * @param index its place in its data set, from 0
 * @param sourceIds tokens, the end token last
 * @param targetIds tokens, the end token last
 */
public record SentencePair(int index, String source, String target, int[] sourceIds, int[] targetIds) {}
