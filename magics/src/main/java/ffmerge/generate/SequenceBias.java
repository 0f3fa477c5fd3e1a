package ffmerge.generate;

import java.util.Arrays;
import java.util.List;

/**
 * Adds something to the score of a token that would complete a sequence: {@code sequence_bias}, and with minus infinity
 * {@code bad_words_ids}.
 */
record SequenceBias(List<Sequence> sequences) implements ScoreProcessor {
    /** @param tokens at least one */
    record Sequence(int[] tokens, float bias) {
        private boolean isBegun(TextSoFar text) {
            int before = tokens.length - 1;
            return before <= text.tokens().length && Arrays.equals(text.last(before), 0, before, tokens, 0, before);
        }

        @Override
        public String toString() {
            return Arrays.toString(tokens) + " by " + bias;
        }
    }

    @Override
    public void process(TextSoFar text, float[] scores) {
        float[] added = new float[scores.length];
        for (Sequence sequence : sequences) {
            if (sequence.isBegun(text)) {
                added[sequence.tokens[sequence.tokens.length - 1]] += sequence.bias;
            }
        }
        for (int i = 0; i < scores.length; i++) {
            scores[i] += added[i];
        }
    }
}
