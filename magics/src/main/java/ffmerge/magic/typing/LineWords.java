package ffmerge.magic.typing;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts what follows a magic's percent sign into words: at white space, but not within double quotes or within an
 * {@code {expression}}. A word that begins with {@code //} or {@code #} begins a comment.
 */
public final class LineWords {
    /**
     * A word.
     *
     * @param text without the quotes; expressions as they are written, see {@link Interpolation}
     * @param start where it begins in the code, quotes included
     */
    public record Word(String text, int start, int end) {}

    private final String code;
    private final int to;
    private int at;

    private LineWords(String code, int from, int to) {
        this.code = code;
        this.at = from;
        this.to = to;
    }

    /** The words of a line that nobody completes: {@code eval base --limit 3 // a few}. */
    public static List<String> of(String line) {
        return split(line, 0, line.length()).stream().map(Word::text).toList();
    }

    static List<Word> split(String code, int from, int to) {
        LineWords line = new LineWords(code, from, to);
        List<Word> words = new ArrayList<>();
        while (line.findWord()) {
            words.add(line.word());
        }
        return words;
    }

    /** Where a line's comment begins, or {@code to} where there is none. */
    static int commentStart(String code, int from, int to) {
        LineWords line = new LineWords(code, from, to);
        while (line.findWord()) {
            line.word();
        }
        return line.at;
    }

    /** Goes to the next word's first char, or stays where the line's words end. */
    private boolean findWord() {
        int next = at;
        while (next < to && Character.isWhitespace(code.charAt(next))) {
            next++;
        }
        boolean spaced = next > at || next == 0 || Character.isWhitespace(code.charAt(next - 1));
        at = next;
        return at < to && !(spaced && (code.charAt(at) == '#' || code.startsWith("//", at)));
    }

    private Word word() {
        int start = at;
        StringBuilder text = new StringBuilder();
        boolean quoted = false;
        while (at < to && (quoted || !Character.isWhitespace(code.charAt(at)))) {
            char c = code.charAt(at);
            int expressionEnd = c == '{' ? Interpolation.end(code, at, to) : -1;
            if (expressionEnd > 0) {
                text.append(code, at, expressionEnd);
                at = expressionEnd;
            } else if (c == '\\' && at + 1 < to && "\"\\".indexOf(code.charAt(at + 1)) >= 0) {
                text.append(code.charAt(at + 1));
                at += 2;
            } else if (c == '\\' && at + 1 < to && code.charAt(at + 1) == '{') {
                text.append("\\{"); // stays a brace when expressions are read
                at += 2;
            } else {
                if (c == '"') {
                    quoted = !quoted;
                } else {
                    text.append(c);
                }
                at++;
            }
        }
        return new Word(text.toString(), start, at);
    }
}
