package ffmerge.data;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * A text and its tokens.
 *
 * @param ids of the tokens
 * @param ends where in the text each ends, in chars
 */
public record TokenizedText(String text, int[] ids, int[] ends) {
    /** White space as Python's {@code str.split()} has it, which other tools count words by. */
    private static final Pattern WORD = Pattern.compile("[^\\s\\x1c-\\x1f]+", Pattern.UNICODE_CHARACTER_CLASS);

    /** How much text tokens stand for: bytes of UTF-8, and words as white space parts them. */
    public record Extent(long bytes, long words) {
        Extent plus(Extent other) {
            return new Extent(bytes + other.bytes, words + other.words);
        }
    }

    /** The text of so many tokens. */
    TokenizedText first(int tokens) {
        return tokens >= ids.length
                ? this
                : new TokenizedText(
                        text.substring(0, end(tokens)), Arrays.copyOf(ids, tokens), Arrays.copyOf(ends, tokens));
    }

    /** How much text these tokens stand for; what a tokenizer drops at the text's end counts with the last one. */
    Extent extent(int from, int to) {
        String part = text.substring(Math.min(end(from), end(to)), end(to));
        return new Extent(
                part.getBytes(StandardCharsets.UTF_8).length,
                WORD.matcher(part).results().count());
    }

    /** Where the text of the first tokens ends. */
    private int end(int tokens) {
        if (tokens == 0) {
            return 0;
        }
        return tokens >= ids.length ? text.length() : ends[tokens - 1];
    }
}
