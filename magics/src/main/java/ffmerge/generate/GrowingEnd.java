package ffmerge.generate;

import java.util.List;

/**
 * Makes an end the likelier the longer a text is, {@code exponential_decay_length_penalty}.
 *
 * @param start generated tokens from which on it does
 * @param factor by which, to the power of the tokens beyond
 */
record GrowingEnd(int start, double factor, List<Integer> ends) implements ScoreProcessor {
    @Override
    public void process(TextSoFar text, float[] scores) {
        int beyond = text.generated() - start;
        if (beyond <= 0) {
            return;
        }
        float growth = (float) (Math.pow(factor, beyond) - 1);
        for (int end : ends) {
            if (Float.isFinite(scores[end])) {
                scores[end] += Math.abs(scores[end]) * growth;
            }
        }
    }
}
