package ffmerge.tokenize;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;

/**
 * Where a long text may be cut so that the tokens of its pieces are those of the whole: behind a lone line break, of
 * tokenizers of which that can be shown; else nowhere.
 *
 * <p>It can be shown where nothing is put before a text, what the text is normalized to is found character by character but
 * for marks that follow a letter, and the rule that cuts the text into words never joins a line break with a character
 * behind it that is no white space: then each token ends at the cut, in the whole as in the pieces.
 */
final class Cuts {
    /** Characters encoded at a time, so that a book costs no more memory than a chapter. */
    private static final int PIECE = 1 << 16;

    /**
     * Rules that are known never to join a line break with what follows: of cl100k (Llama 3, OLMo 2), Qwen 2 and GPT-2,
     * as their files have them. In each, what may match a line break matches nothing but white space behind it.
     */
    private static final Set<String> RULES = Set.of(
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");

    private final boolean allowed;

    private Cuts(boolean allowed) {
        this.allowed = allowed;
    }

    /** @param tokenizer the JSON, with the tokens that files beside it add */
    static Cuts of(JsonNode tokenizer) {
        return new Cuts(keepsCharacters(tokenizer.path("normalizer"))
                && cutsAtLines(tokenizer.path("pre_tokenizer"))
                && addedTokensKeepToLines(tokenizer.path("added_tokens")));
    }

    private static boolean keepsCharacters(JsonNode normalizer) {
        return normalizer.isNull()
                || normalizer.isMissingNode()
                || normalizer.path("type").asText().equals("NFC");
    }

    private static boolean cutsAtLines(JsonNode preTokenizer) {
        if (preTokenizer.path("type").asText().equals("Sequence")) {
            // a rule of their own, then bytes in place of characters
            JsonNode parts = preTokenizer.path("pretokenizers");
            JsonNode split = parts.path(0);
            return parts.size() == 2
                    && split.path("type").asText().equals("Split")
                    && split.path("behavior").asText().equals("Isolated")
                    && !split.path("invert").asBoolean(true)
                    && RULES.contains(split.path("pattern").path("Regex").asText())
                    && isByteLevel(parts.path(1))
                    && !parts.path(1).path("use_regex").asBoolean(true);
        }
        return isByteLevel(preTokenizer) && preTokenizer.path("use_regex").asBoolean(true);
    }

    private static boolean isByteLevel(JsonNode preTokenizer) {
        return preTokenizer.path("type").asText().equals("ByteLevel")
                && !preTokenizer.path("add_prefix_space").asBoolean(true);
    }

    /** No token reaches over a line break or takes the white space beside it. */
    private static boolean addedTokensKeepToLines(JsonNode tokens) {
        for (JsonNode token : tokens) {
            if (token.path("content").asText().indexOf('\n') >= 0
                    || token.path("lstrip").asBoolean()
                    || token.path("rstrip").asBoolean()) {
                return false;
            }
        }
        return true;
    }

    /** Where the piece that starts here ends. */
    int end(String text, int start) {
        if (allowed) {
            for (int end = start + PIECE; end < text.length(); end++) {
                if (text.charAt(end - 1) == '\n' && !isSpace(text.charAt(end - 2)) && !isSpace(text.charAt(end))) {
                    return end;
                }
            }
        }
        return text.length();
    }

    /** As rules understand it, and marks that a normalizer may join with what is before them are left together. */
    private static boolean isSpace(char c) {
        return Character.isWhitespace(c)
                || Character.isSpaceChar(c)
                || c == '\u0085'
                || List.of((int) Character.NON_SPACING_MARK, (int) Character.COMBINING_SPACING_MARK)
                        .contains(Character.getType(c));
    }
}
