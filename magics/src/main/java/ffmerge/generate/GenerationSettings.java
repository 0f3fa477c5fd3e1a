package ffmerge.generate;

import ffmerge.Counted;
import ffmerge.UserError;
import java.util.List;

/**
 * How sentences are generated; the words and meanings are those of transformers' {@code generation_config.json}.
 *
 * @param beams how many sentences are pursued at a time; 1 takes the likeliest token each time
 * @param maxLength of a sentence in tokens, the start token and the end token included; of what goes on with a prompt, one
 *     more than the tokens that are new
 * @param totalLength of prompt and new tokens together, which then decides; 0 where nothing says it
 * @param lengthPenalty a finished sentence's summed log-probability is divided by its length to this power
 * @param earlyStopping when a sentence's search ends
 * @param start the token that every sentence starts with
 * @param ends the tokens that end a sentence
 * @param rules what changes tokens' scores
 * @param notices what is said and not done, to be shown
 */
public record GenerationSettings(
        int beams,
        int maxLength,
        int totalLength,
        double lengthPenalty,
        EarlyStopping earlyStopping,
        int start,
        List<Integer> ends,
        ScoreRules rules,
        List<String> notices) {
    /** When the search for a sentence ends, once there are as many finished ones as beams. */
    public enum EarlyStopping {
        /** At once. */
        YES,
        /** When the best unfinished one, as long as it is, scores no better than the worst finished one. */
        HEURISTIC,
        /** When no unfinished one could, at any length, score better than the worst finished one. */
        NEVER
    }

    /** The token that ends a sentence; of several, the first. */
    public int end() {
        return ends.get(0);
    }

    /**
     * How many tokens may follow.
     *
     * @param given tokens that are there before
     * @throws UserError if these are as many as there may be in all
     */
    public int newTokens(int given) {
        if (totalLength == 0) {
            return maxLength - 1;
        }
        if (given >= totalLength) {
            throw new UserError("a prompt of " + Counted.of(given, "tokens")
                    + " leaves no room for others: the model's 'max_length' is " + totalLength
                    + "; --max-length says how many new ones there may be");
        }
        return totalLength - given;
    }

    public GenerationSettings withBeams(int other) {
        return new GenerationSettings(
                other, maxLength, totalLength, lengthPenalty, earlyStopping, start, ends, rules, notices);
    }

    public GenerationSettings withMaxLength(int other) {
        return new GenerationSettings(beams, other, 0, lengthPenalty, earlyStopping, start, ends, rules, notices);
    }
}
