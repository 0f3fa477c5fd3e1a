package ffmerge.generate;

/**
 * A rule that changes the scores of a text's next token, as transformers' {@code LogitsProcessor}s do: what is generated
 * greedily is scored by the model's scores, what is searched for with beams by their logarithms of probabilities.
 */
interface ScoreProcessor {
    /** A score that no token with it is chosen for. */
    float NEVER = Float.NEGATIVE_INFINITY;

    /** @param scores of all tokens, changed in place */
    void process(TextSoFar text, float[] scores);
}
