package ffmerge.generate;

import java.util.List;

/** Leaves tokens out: {@code suppress_tokens}, and {@code begin_suppress_tokens} where a text begins. */
record Suppressed(List<Integer> tokens, boolean atBegin, boolean behindForced) implements ScoreProcessor {
    /** Tokens that are never generated. */
    static Suppressed always(List<Integer> tokens) {
        return new Suppressed(tokens, false, false);
    }

    @Override
    public void process(TextSoFar text, float[] scores) {
        int first = behindForced && text.given() == 1 ? 1 : 0;
        if (!atBegin || text.generated() == first) {
            tokens.forEach(token -> scores[token] = NEVER);
        }
    }
}
