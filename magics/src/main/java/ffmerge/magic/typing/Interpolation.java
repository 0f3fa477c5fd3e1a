package ffmerge.magic.typing;

import java.util.ArrayList;
import java.util.List;

/** The Java expressions in a word, each in braces: {@code out/{name}-{i + 1}}. <code>\&#123;</code> is a brace. */
public final class Interpolation {
    /**
     * A stretch of a word.
     *
     * @param text the expression without its braces, or literal text
     */
    public record Part(String text, boolean isExpression) {}

    private Interpolation() {}

    /** A word's parts, in order; text between expressions is one part. */
    public static List<Part> parts(String word) {
        List<Part> parts = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        for (int i = 0; i < word.length(); ) {
            int end = word.charAt(i) == '{' ? end(word, i, word.length()) : -1;
            if (end > 0) {
                addLiteral(parts, literal);
                parts.add(new Part(word.substring(i + 1, end - 1).strip(), true));
                i = end;
            } else {
                i += word.startsWith("\\{", i) ? 1 : 0;
                literal.append(word.charAt(i));
                i++;
            }
        }
        addLiteral(parts, literal);
        return parts;
    }

    private static void addLiteral(List<Part> parts, StringBuilder literal) {
        if (!literal.isEmpty()) {
            parts.add(new Part(literal.toString(), false));
            literal.setLength(0);
        }
    }

    /**
     * The end of the expression whose brace opens at {@code open}: behind the brace that closes it. Braces in the
     * expression's own strings, chars and blocks don't.
     *
     * @return -1 if nothing closes it, or there is nothing in it
     */
    static int end(String code, int open, int to) {
        int depth = 0;
        for (int i = open; i < to; i++) {
            char c = code.charAt(i);
            if (c == '"') {
                i = stringEnd(code, i, to);
            } else if (c == '\'' && isChar(code, i, to)) {
                i = code.indexOf('\'', code.charAt(i + 1) == '\\' ? i + 3 : i + 2);
            } else if (c == '{') {
                depth++;
            } else if (c == '}' && --depth == 0) {
                return code.substring(open + 1, i).isBlank() ? -1 : i + 1;
            }
        }
        return -1;
    }

    private static int stringEnd(String code, int quote, int to) {
        for (int i = quote + 1; i < to; i++) {
            if (code.charAt(i) == '\\') {
                i++;
            } else if (code.charAt(i) == '"') {
                return i;
            }
        }
        return to;
    }

    /** An apostrophe of a text is no char. */
    private static boolean isChar(String code, int quote, int to) {
        boolean escaped = quote + 1 < to && code.charAt(quote + 1) == '\\';
        int close = quote + (escaped ? 3 : 2);
        return close < to && code.charAt(close) == '\'';
    }
}
