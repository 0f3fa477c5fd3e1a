package ffmerge.generate;

import java.util.List;

/**
 * Lets no text end before it is so long: {@code min_length}, which counts what was given too, and {@code min_new_tokens}.
 *
 * @param ends the tokens that end a text
 */
record LeastLength(int least, boolean ofGenerated, List<Integer> ends) implements ScoreProcessor {
    @Override
    public void process(TextSoFar text, float[] scores) {
        if ((ofGenerated ? text.generated() : text.tokens().length) < least) {
            ends.forEach(end -> scores[end] = NEVER);
        }
    }
}
