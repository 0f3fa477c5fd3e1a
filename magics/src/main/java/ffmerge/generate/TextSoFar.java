package ffmerge.generate;

import java.util.Arrays;

/**
 * A text that is being generated.
 *
 * @param tokens those that it was given and those that were generated
 * @param given how many were given: a prompt, or the one that every sentence starts with
 * @param source what an encoder was given; of a model without, the prompt
 * @param limit how many tokens may be generated
 */
record TextSoFar(int[] tokens, int given, int[] source, int limit) {
    int generated() {
        return tokens.length - given;
    }

    /** The last tokens, up to all. */
    int[] last(int count) {
        return Arrays.copyOfRange(tokens, tokens.length - count, tokens.length);
    }

    /** The same text with one token more. */
    TextSoFar with(int token) {
        int[] longer = Arrays.copyOf(tokens, tokens.length + 1);
        longer[tokens.length] = token;
        return new TextSoFar(longer, given, source, limit);
    }
}
