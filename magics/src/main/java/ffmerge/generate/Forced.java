package ffmerge.generate;

import java.util.Arrays;
import java.util.List;

/** Lets nothing but these tokens be the first one behind a lone start token, {@code forced_bos_token_id}, or the last, {@code forced_eos_token_id}. */
record Forced(List<Integer> tokens, boolean atEnd) implements ScoreProcessor {
    @Override
    public void process(TextSoFar text, float[] scores) {
        if (atEnd ? text.generated() + 1 == text.limit() : text.tokens().length == 1) {
            Arrays.fill(scores, NEVER);
            tokens.forEach(token -> scores[token] = 0);
        }
    }
}
