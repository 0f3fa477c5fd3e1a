package ffmerge.generate;

import java.util.Arrays;

/**
 * Leaves out tokens that would end a run of tokens which was there already: {@code no_repeat_ngram_size} in the text,
 * {@code encoder_no_repeat_ngram_size} in the source.
 *
 * @param size of such runs
 */
record NoRepeatedNGrams(int size, boolean ofSource) implements ScoreProcessor {
    @Override
    public void process(TextSoFar text, float[] scores) {
        if (text.tokens().length < size - 1) {
            return;
        }
        int[] start = text.last(size - 1);
        int[] there = ofSource ? text.source() : text.tokens();
        for (int from = 0; from + size <= there.length; from++) {
            if (Arrays.equals(there, from, from + size - 1, start, 0, size - 1)) {
                scores[there[from + size - 1]] = NEVER;
            }
        }
    }
}
