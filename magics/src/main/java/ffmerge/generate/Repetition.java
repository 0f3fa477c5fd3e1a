package ffmerge.generate;

import java.util.Arrays;

/**
 * Makes tokens that are there less likely, or more: {@code repetition_penalty} of the text,
 * {@code encoder_repetition_penalty} of the source, whose penalty is the inverse.
 *
 * @param penalty what negative scores are multiplied with and positive ones divided by
 */
record Repetition(float penalty, boolean ofSource) implements ScoreProcessor {
    @Override
    public void process(TextSoFar text, float[] scores) {
        Arrays.stream(ofSource ? text.source() : text.tokens())
                .distinct()
                .forEach(
                        token -> scores[token] = scores[token] < 0 ? scores[token] * penalty : scores[token] / penalty);
    }
}
